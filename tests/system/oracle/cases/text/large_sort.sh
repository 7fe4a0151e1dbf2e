# SPDX-License-Identifier: Apache-2.0
# fifty thousand lines
awk 'BEGIN { x = 1; for (i = 0; i < 50000; i++) { x = (x * 16807) % 2147483647; print x } }' >f
sort -n f | md5sum; sort f | uniq | wc -l; sort -rn f | head -n 1
