# SPDX-License-Identifier: Apache-2.0
# a, i, c, y, =
printf 'one\ntwo\n' | sed '1a\
after'
printf 'one\ntwo\n' | sed '2i before'; printf 'one\ntwo\n' | sed '1c changed'
echo abc | sed y/abc/xyz/; printf 'a\nb\n' | sed =
