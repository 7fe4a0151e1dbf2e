# SPDX-License-Identifier: Apache-2.0
# question and answer
mkfifo a b; (while read -r x; do echo $((x * x)); done <a >b) & exec 3>a 4<b; for i in 3 4 5; do echo $i >&3; read -r y <&4; echo $y; done; exec 3>&-; wait; echo $?
