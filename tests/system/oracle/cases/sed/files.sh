# SPDX-License-Identifier: Apache-2.0
# -i, w, r
seq 1 5 >f; sed -i 's/3/three/' f; cat f
sed -n '/[12]/w out' f; cat out
echo insert >r; sed '2r r' f; sed -i.bak 1d f; cat f f.bak | wc -l
