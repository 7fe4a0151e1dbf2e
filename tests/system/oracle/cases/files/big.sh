# SPDX-License-Identifier: Apache-2.0
# one MiB and holes
seq 1 200000 | head -c 1048576 >f; wc -c <f; md5sum <f; cat f f f >g; wc -c <g; tail -c 10 g | od -c; dd if=g bs=65536 skip=16 count=1 2>/dev/null | md5sum
truncate -s 5000000 h; wc -c <h; tail -c 1 h | od -An -tx1; truncate -s 3 f; cat f; du -k h | cut -f1
