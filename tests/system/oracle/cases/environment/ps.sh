# SPDX-License-Identifier: Apache-2.0
# ps, pidof and killall see a process
sleep 77 & p=$!
n=0; until ps -o pid,args | grep -q "^ *$p sleep 77"; do n=$((n + 1)); [ $n -gt 100 ] && break; usleep 20000; done
ps -o pid,comm,args | awk -v p=$p '$1 == p { print $2, $3, $4 }'; pidof sleep | grep -cw $p
ps | awk 'NR == 1 { print $1, $2, $NF }'
kill $p; wait $p 2>/dev/null; ps -o comm | grep -c '^sleep'; kill -0 $p 2>/dev/null; echo $?
