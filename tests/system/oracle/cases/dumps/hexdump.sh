# SPDX-License-Identifier: Apache-2.0
# formats
printf '0123456789abcdefXYZ\n' >f; hexdump f; hexdump -C f; hexdump -n 4 -s 2 -C f; hexdump -e '4/1 "%02x " "\n"' f
head -c 100 /dev/zero | hexdump -C
