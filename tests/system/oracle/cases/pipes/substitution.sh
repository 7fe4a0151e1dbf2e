# SPDX-License-Identifier: Apache-2.0
# command substitution reads to the end
x=$(seq 1 2000 | tail -n 3; printf '\n\n\n')
echo "$x" | wc -l
echo "$x"
