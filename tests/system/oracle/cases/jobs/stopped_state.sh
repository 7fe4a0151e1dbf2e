# SPDX-License-Identifier: Apache-2.0
# a stopped process shows as T
sleep 100 & p=$!
kill -STOP $p
n=0
while :; do
  read -r line </proc/$p/stat; rest=${line##*) }
  case $rest in T*) echo stopped; break;; esac
  n=$((n+1)); [ $n -gt 100 ] && { echo "state ${rest%% *}"; break; }
  sleep 0.05
done
kill -9 $p; wait $p 2>/dev/null; echo $?
