# SPDX-License-Identifier: Apache-2.0
# results in the order of waiting
(sleep 0.3; exit 1) & a=$!
(exit 2) & b=$!
wait $a; echo $?; wait $b; echo $?
