# SPDX-License-Identifier: Apache-2.0
# traps are reset in subshells and by -
trap 'echo parent' USR1
(trap; kill -USR1 $(sh -c 'echo $PPID'); echo not here) 2>/dev/null; echo $?
trap - USR1
sh -c 'kill -USR1 $$' ; echo $?
