# SPDX-License-Identifier: Apache-2.0
# death by each signal
for s in HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM; do
  sh -c "ulimit -c 0; kill -$s \$\$; echo lived" 2>/dev/null; echo $s $?
done
