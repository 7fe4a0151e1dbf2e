# SPDX-License-Identifier: Apache-2.0
# SIGSTOP and SIGCONT
sh -c 'sleep 0.2; echo ran' >f & p=$!
kill -STOP $p; kill -CONT $p
wait $p; echo $?; cat f
