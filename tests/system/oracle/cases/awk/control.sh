# SPDX-License-Identifier: Apache-2.0
# loops, printf, exit
awk 'BEGIN { for (i = 0; i < 3; i++) printf "%d ", i; while (i-- > 0) printf "[%d]", i; do { print ""; break } while (1); exit 4 }'; echo $?
awk 'BEGIN { printf "%s %d %5.1f%%\n", "x", "12abc", 99.55; printf "%*d|%-8s|\n", 5, 42, "left" }'
