# SPDX-License-Identifier: Apache-2.0
# basic and extended
printf 'aaa\nab\nabb\na+b\n(x)\nfoo123\nfoo\n' >f
grep 'ab*$' f; echo; grep -E 'ab+' f; echo; grep 'a\{2,\}' f; echo; grep -E 'foo[0-9]{3}|\(x\)' f; echo
grep -F 'a+b' f; grep '^a.b$' f; grep -E '(a)\1' f; grep '[[:digit:]]' f; grep -e foo -e '(x)' f
