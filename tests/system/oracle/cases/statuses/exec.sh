# SPDX-License-Identifier: Apache-2.0
# exec replaces the shell
sh -c 'exec sh -c "exit 8"'; echo $?
sh -c 'exec nosuch; echo not reached'; echo $?
(exec echo replaced); echo $?
sh -c 'exec ./missing' 2>/dev/null; echo $?
