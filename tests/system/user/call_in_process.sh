#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gdb calls a function in a process it is attached to, which sets all registers and puts
# them back. Not compared with the host's Linux: Debian 12's gdb cannot do it on a
# processor with AMX, whose state does not fit into its buffer.
. "$(dirname "$0")/../../support/check.sh"

cat >"$work/script" <<'SCRIPT'
sleep 100 & child=$!
until [ "$(cat /proc/$child/comm)" = sleep ]; do :; done
gdb -nx -batch -p $child -ex 'print (int)getppid() == '$$ -ex 'print (double)atof("2.5") * 2' -ex detach 2>&1 </dev/null | grep '^\$'
kill -0 $child && echo alive
kill $child
wait $child
echo "status $?"
SCRIPT
tessera run --timeout 250 --package bash,coreutils,grep,gdb --add "$work/script:/script" -- bash /script </dev/null
has_status 0
has_output $'$1 = 1\n$2 = 5\nalive\nstatus 143'

finish
