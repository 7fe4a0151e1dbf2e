# SPDX-License-Identifier: Apache-2.0
# ar's format, uuencode, base64
printf '!<arch>\na/              0           0     0     100644  4         `\none\nb/              0           0     0     100644  4         `\ntwo\n' >x.a
ar -t x.a; ar -p x.a b; ar -x x.a; cat a b
echo hello | uuencode name | uudecode -o -
echo hello | base64; echo aGVsbG8K | base64 -d; seq 1 100 | base64 | base64 -d | md5sum
