# SPDX-License-Identifier: Apache-2.0
# strings, numbers and combinations
[ a = a ]; echo $?; [ a != a ]; echo $?; [ -z '' ]; echo $?; [ -n '' ]; echo $?; [ x ]; echo $?; [ '' ]; echo $?; [ ]; echo $?; [ a \< b ]; echo $?
[ 3 -eq 03 ]; echo $?; [ 3 -ne 3 ]; echo $?; [ 2 -lt 10 ]; echo $?; [ 2 -ge 10 ]; echo $?; [ -5 -lt 1 ]; echo $?; [ x -eq 1 ] 2>/dev/null; echo $?
[ ! a = b ]; echo $?; [ a = a -a b = c ]; echo $?; [ a = b -o c = c ]; echo $?; [ \( a = a \) ]; echo $?; [ = = = ]; echo $?; [ a = ] 2>/dev/null; echo $?; [ '(' ]; echo $?
