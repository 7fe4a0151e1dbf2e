# SPDX-License-Identifier: Apache-2.0
# truncate, fallocate, shred
seq 1 10 >f; truncate -s 5 f; cat f; truncate -s 10 f; od -c f; truncate -s +2 f 2>/dev/null; fallocate -l 100 g; wc -c <g; truncate -c -s 9 none; ls
