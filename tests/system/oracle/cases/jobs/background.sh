# SPDX-License-Identifier: Apache-2.0
# & and wait
(exit 3) & wait $!; echo $?
sleep 0.1 & wait; echo $?
true & false & wait; echo $?
wait 99999; echo $?
