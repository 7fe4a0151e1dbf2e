# SPDX-License-Identifier: Apache-2.0
# lines around
seq 1 20 >f
grep -A2 7 f; echo; grep -B1 -A1 '^12$' f; echo; grep -C1 5 f
