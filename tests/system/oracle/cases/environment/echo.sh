# SPDX-License-Identifier: Apache-2.0
# options and escapes
echo -n a; echo b; echo -e 'a\tb\nc\\'; echo -e 'x\cy'; echo; echo -E 'a\tb'; echo 'a\tb'; echo -- -n; echo -ne 'z\n'; echo -e '\0101\x42'
