# SPDX-License-Identifier: Apache-2.0
# a trapped signal ends wait
trap 'echo trapped' USR1
(sleep 0.2; kill -USR1 $$) &
sleep 2 & p=$!
wait $p; echo $?
kill $p; wait 2>/dev/null
