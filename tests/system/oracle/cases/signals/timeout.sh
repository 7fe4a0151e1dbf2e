# SPDX-License-Identifier: Apache-2.0
# timeout kills
timeout 0.3 sleep 10; echo $?
timeout -s KILL 0.3 sleep 10; echo $?
timeout 10 sh -c 'exit 5'; echo $?
timeout 0.3 sh -c 'trap "echo caught; exit 6" TERM; while :; do sleep 0.05; done'; echo $?
