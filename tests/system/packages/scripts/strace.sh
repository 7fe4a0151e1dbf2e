# SPDX-License-Identifier: Apache-2.0
# packages: bash,coreutils,strace
cd /tmp || exit 1
# Numbers that differ from run to run: ids, addresses, times.
plain() { sed -E 's/0x[0-9a-f]{4,}/ADDRESS/g; s/\b(pid +|si_pid=|tgkill\(|kill\()[0-9]+/\1PID/g; s/^[0-9]+ +/PID /; s/(_child|exited: |Process |wait4\(|clone.*=|\) = )[0-9]{2,}/\1N/; s/si_[us]time=[^,}]*/TIME/g'; }
strace -e trace=write,exit_group -o o echo hello; echo "status $?"; plain <o
strace -e trace=file -o o cat /nowhere 2>/dev/null; echo "status $?"; grep '^open.*nowhere' o
strace -f -o o -e trace=write,execve,exit_group,kill sh -c 'echo one; (echo two; exit 3); echo $?; kill -0 $$; true'; echo "status $?"
plain <o | sed 's/, 0x.*vars.*/)/; s/)  *= /) = /' | grep -v resumed
strace -f -qq -o o -e trace=none -e signal=all bash -c 'trap "echo got" USR1; kill -USR1 $$; sleep 0; true'; plain <o | grep -v CHLD
strace -c -o o true; grep -c -E 'execve|exit_group|total' o
strace -o o -e trace=execve sh -c 'exec true'; plain <o | sed 's/, ADDRESS.*= /) = /'
strace -o o -e inject=getcwd:error=EPERM pwd -P 2>&1; echo "status $?"; grep -c INJECTED o
strace -o o -e inject=geteuid:retval=1234 id -u; grep -c INJECTED o
# Attached to one that runs.
mkfifo f; (read -r x <f; echo "read $x"; exit 4) & child=$!
strace -p $child -o o -e trace=read,exit_group 2>err & tracer=$!
until grep -q attached err 2>/dev/null; do sleep 0.05; done
echo word >f; wait $child; echo "status $?"; wait $tracer; echo "status $?"; grep -o 'exit_group(4)' o; grep -c 'w' o >/dev/null && echo seen
sleep 100 & child=$!
strace -p $child -o o 2>err & tracer=$!
until grep -q attached err 2>/dev/null; do sleep 0.05; done
# It looks whether it was interrupted before it waits, not while.
until [ "$(cut -d' ' -f3 /proc/$tracer/stat)" = S ]; do sleep 0.05; done
kill -INT $tracer; wait $tracer; echo "status $?"; kill -0 $child && echo alive; kill $child; wait $child; echo "status $?"
strace -f -o o -e trace=none bash -c 'sleep 0 & sleep 0 & wait; kill -9 $$'; echo "status $?"; grep -c '+++ exited' o; grep -c 'killed by SIGKILL' o
