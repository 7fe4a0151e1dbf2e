# SPDX-License-Identifier: Apache-2.0
# dos2unix and strings
printf 'a\r\nb\r\n' | dos2unix | od -c; printf 'a\n' | unix2dos | od -c
printf '\001\002printable text\003\004ab\005longer one' | strings
