# SPDX-License-Identifier: Apache-2.0
# sums over many lines
seq 1 100000 | awk '{ s += $1 } END { printf "%d %.3f\n", s, s / NR }'
echo '10 9' | awk '{ print ($1 > $2), ($1 "" > $2 "") }'
