# SPDX-License-Identifier: Apache-2.0
# BEGIN, END, ranges
seq 1 10 | awk 'BEGIN { print "start" } NR == 2, NR == 4 { print } /7/ END { print NR }'
seq 1 5 | awk '$1 % 2'; seq 1 5 | awk '!($1 % 2) { next } { print "odd", $1 }'
