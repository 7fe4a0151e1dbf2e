# SPDX-License-Identifier: Apache-2.0
# two processes and two pipes
mkfifo a b
(while read -r x; do [ $x = end ] && break; echo $((x + 1)); done <a >b) &
exec 3>a 4<b; x=0; i=0; while [ $i -lt 300 ]; do echo $x >&3; read -r x <&4; i=$((i+1)); done; echo $x; echo end >&3; wait
