# SPDX-License-Identifier: Apache-2.0
# cmp, diff -q
echo abc >a; echo abd >b; cmp a b; echo $?; cmp a a; echo $?; cmp -s a b; echo $?; cmp -l a b; diff -q a b; echo $?; cmp a missing; echo $?
