# SPDX-License-Identifier: Apache-2.0
# fifty children at once
for i in $(seq 1 50); do (exit $((i % 7))) & pids="$pids $!"; done
s=0; for p in $pids; do wait $p; s=$((s + $?)); done; echo $s
