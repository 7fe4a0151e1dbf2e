# SPDX-License-Identifier: Apache-2.0
# a process group
setsid sh -c 'sh -c "sleep 100" & sleep 100 & echo $$ >pid; wait' &
while [ ! -s pid ]; do sleep 0.05; done
sleep 0.1
kill -TERM -$(cat pid); wait $! 2>/dev/null; echo $?
