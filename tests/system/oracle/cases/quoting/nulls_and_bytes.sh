# SPDX-License-Identifier: Apache-2.0
# all bytes from 1 to 255 through variables
x=$(awk 'BEGIN { for (i = 1; i < 256; i++) if (i != 10) printf "%c", i }')
printf %s "$x" | od -An -tx1 | head -n 20
printf 'a\0b' | od -An -c
