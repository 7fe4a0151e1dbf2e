# SPDX-License-Identifier: Apache-2.0
# two on one line
cat <<A; cat - <<B
first
A
second
B
cat <<A - <<B
first again
A
only the last counts
B
