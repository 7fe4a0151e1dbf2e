# SPDX-License-Identifier: Apache-2.0
# shuf keeps the set
seq 1 100 | shuf | sort -n | md5sum; shuf -e a b c | sort; shuf -i 1-10 | sort -n | paste -s -d' '
