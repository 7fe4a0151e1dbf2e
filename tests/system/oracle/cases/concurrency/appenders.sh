# SPDX-License-Identifier: Apache-2.0
# ten writers append to one file
for w in 0 1 2 3 4 5 6 7 8 9; do (i=0; while [ $i -lt 50 ]; do echo "writer $w line $i" >>log; i=$((i+1)); done) & done; wait
wc -l <log; sort log | md5sum; grep -vc '^writer [0-9] line [0-9]*$' log
