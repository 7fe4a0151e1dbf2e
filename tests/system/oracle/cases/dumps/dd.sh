# SPDX-License-Identifier: Apache-2.0
# blocks, skip, seek, conversions
seq 1 100 >f; dd if=f bs=10 count=2 2>/dev/null; echo; dd if=f bs=1 skip=5 count=4 2>/dev/null; echo
printf XX | dd of=f bs=1 seek=3 conv=notrunc 2>/dev/null; head -n 4 f; echo abc | dd conv=swab 2>/dev/null; dd if=/dev/zero of=sparse bs=1 count=1 seek=100000 2>/dev/null; wc -c <sparse
dd if=f of=/dev/null bs=100 2>&1 | head -n 2
