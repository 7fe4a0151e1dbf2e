# SPDX-License-Identifier: Apache-2.0
# * ? [..] and what they do not match
touch a.c b.c ab.c .hidden 'sp ace' A.c
mkdir d; touch d/x.c d/y.h
echo *.c
echo ?.c
echo [ab].c [!a].c
echo */*.c d/*
echo .h*
echo *
