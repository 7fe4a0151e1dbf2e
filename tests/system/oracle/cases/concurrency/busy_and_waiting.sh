# SPDX-License-Identifier: Apache-2.0
# a busy process does not stop the others
(while :; do :; done) & b=$!; for i in 1 2 3; do sleep 0.1; echo $i; done; kill -9 $b; wait $b 2>/dev/null; echo $?
