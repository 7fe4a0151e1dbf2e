# SPDX-License-Identifier: Apache-2.0
# counting words
printf 'b a c a b a\n' | tr ' ' '\n' | awk '{ n[$1]++ } END { for (w in n) print w, n[w] }' | sort
awk 'BEGIN { a["x"] = 1; delete a["x"]; print ("x" in a), length(a); b[1, 2] = 3; for (k in b) { split(k, p, SUBSEP); print p[1], p[2] } }'
