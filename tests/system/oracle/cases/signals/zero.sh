# SPDX-License-Identifier: Apache-2.0
# kill -0
sleep 100 & p=$!
kill -0 $p; echo $?
kill $p; wait $p 2>/dev/null
kill -0 $p 2>/dev/null; echo $?
kill -99 1 2>/dev/null; echo $?
