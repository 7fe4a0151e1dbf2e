# SPDX-License-Identifier: Apache-2.0
# the s command
echo 'hello world' | sed 's/o/0/'; echo 'hello world' | sed 's/o/0/g'; echo 'hello world' | sed 's/o/0/2'
echo abc | sed 's/\(.\)\(.\)/\2\1/'; echo abc | sed 's/b/[&]/'; echo a/b | sed 's|/|-|'; echo AbC | sed 's/b/x/I'
echo abc | sed -E 's/(a|b)+/<&>/'; echo abc | sed 's/x*/-/g'; printf 'a\nb\n' | sed -n 's/a/A/p'
