# SPDX-License-Identifier: Apache-2.0
# mkdir as a lock
echo 0 >n
work() { i=0; while [ $i -lt 20 ]; do until mkdir lock 2>/dev/null; do usleep 1000; done; read -r x <n; echo $((x + 1)) >n; rmdir lock; i=$((i+1)); done; }
work & work & work & work & wait; cat n
