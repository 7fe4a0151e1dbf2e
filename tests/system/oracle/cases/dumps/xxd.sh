# SPDX-License-Identifier: Apache-2.0
# there and back
printf 'Hello, world\n\000\377' >f; xxd f; xxd -p f; xxd -p f | xxd -r -p | cmp - f && echo same; xxd -l 4 -s 1 f; xxd -g 1 f
