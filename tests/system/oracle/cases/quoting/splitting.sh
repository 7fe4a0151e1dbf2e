# SPDX-License-Identifier: Apache-2.0
# words by IFS
count() { echo $#: "$@"; }
x='  a b   c '
count $x
count "$x"
IFS=:; x='a::b:'
count $x
IFS=' :'; x=' a : b c:'
count $x
IFS=; x='a b'; count $x
