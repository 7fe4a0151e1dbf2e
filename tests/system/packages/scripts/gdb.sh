# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,grep,sed,gdb
# The program has no debugging information of its own: names and machine code do. Columns are as wide as process numbers.
cd /tmp || exit 1
plain() { sed -E 's/0x[0-9a-f]+/ADDRESS/g; s/\((LWP|process) [0-9]+\)/(\1 N)/g; s/process [0-9]+/process N/g; s/\b[0-9]{2,}\b/N/g; s/ +/ /g' | grep -v -E '^warning|Download|debuginfo|^$|libthread_db|New LWP'; }
run() { gdb -nx -batch -ex 'set pagination off' -ex 'set confirm off' -ex 'set width 0' "$@" 2>&1 </dev/null | plain; }
run -ex 'catch syscall exit_group' -ex run -ex 'info registers orig_rax rdi' -ex continue --args /bin/sh -c 'exit 3'
run -ex 'set breakpoint pending on' -ex 'break write' -ex run -ex 'stepi' -ex 'x/2i $pc' -ex 'print $rdx' -ex delete -ex continue --args /bin/echo twelve
run -ex 'handle SIGUSR1 stop print pass' -ex run -ex 'print $_siginfo.si_signo' -ex 'print $_siginfo.si_code' -ex continue --args /bin/bash -c 'trap "echo trapped" USR1; kill -USR1 $$; exit 5'
run -ex run -ex 'print $_siginfo.si_signo' -ex kill --args /bin/bash -c 'kill -SEGV $$'
run -ex 'set follow-fork-mode child' -ex 'catch exec' -ex run -ex 'info inferiors' -ex 'delete' -ex continue --args /bin/sh -c '/bin/true; exit 0'
sleep 100 & child=$!
until [ "$(cat /proc/$child/comm)" = sleep ]; do :; done
run -p $child -ex 'info threads' -ex 'print $_siginfo.si_signo' -ex detach
kill -0 $child && echo alive; kill $child; wait $child; echo "status $?"
