# SPDX-License-Identifier: Apache-2.0
# prefixes and suffixes
p=/usr/local/lib/libx.so.1.2
echo ${p##*/} ${p%/*} ${p%%.*} ${p#*/} ${p%.*} ${p#nothing}
x=aaabbb; echo ${x#a*a} ${x##a*a} ${x%b*b} ${x%%b*b}
