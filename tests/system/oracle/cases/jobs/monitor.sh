# SPDX-License-Identifier: Apache-2.0
# set -m without a terminal
set -m
sleep 0.1 & wait $!; echo $?
(exit 4); echo $?
