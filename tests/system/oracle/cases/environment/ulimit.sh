# SPDX-License-Identifier: Apache-2.0
# limits hold
ulimit -n 20; sh -c 'ulimit -n'; ulimit -f 8; dd if=/dev/zero of=f bs=1024 count=100 2>/dev/null; echo $?; wc -c <f
(ulimit -n 5; cat 3</dev/null 4</dev/null 9</dev/null) 2>/dev/null; echo $?; (ulimit -c 0; ulimit -c); ulimit -s >/dev/null; echo $?
