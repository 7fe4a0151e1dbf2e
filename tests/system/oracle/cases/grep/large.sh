# SPDX-License-Identifier: Apache-2.0
# in 100,000 lines
seq 1 100000 | grep -c '7.*7'
seq 1 100000 | grep -E '^(.)(.)\2\1$' | wc -l
