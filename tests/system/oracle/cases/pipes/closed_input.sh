# SPDX-License-Identifier: Apache-2.0
# a reader that stops early
seq 1 100000 | head -n 3
seq 1 100000 | sed 2q
seq 1 100000 | grep -m 1 99
