# SPDX-License-Identifier: Apache-2.0
# the status of a killed job
sleep 100 & kill $!; wait $! 2>/dev/null; echo $?
sleep 100 & kill -9 $!; wait $! 2>/dev/null; echo $?
sleep 100 & kill -s HUP $!; wait $! 2>/dev/null; echo $?
