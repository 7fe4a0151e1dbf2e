# SPDX-License-Identifier: Apache-2.0
# null, zero, full
echo x >/dev/null; cat /dev/null | wc -c
head -c 5 /dev/zero | od -An -tx1
echo x 2>&1 >/dev/full; echo $?
dd if=/dev/urandom bs=64 count=2 2>/dev/null | wc -c
