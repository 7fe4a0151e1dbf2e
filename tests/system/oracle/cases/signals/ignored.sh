# SPDX-License-Identifier: Apache-2.0
# ignored signals stay ignored
trap '' TERM
sh -c 'kill -TERM $$; echo survived'
sleep 100 & p=$!; kill -TERM $p; kill -0 $p && echo alive; kill -9 $p; wait $p 2>/dev/null; echo $?
