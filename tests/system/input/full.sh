#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Memory and the file system used up by ordinary programs, in a machine of 64 MiB.
. "$(dirname "$0")/../../support/check.sh"
limit=200

note "tail /dev/zero"
tessera run --timeout 120 --memory 64M -- sh -c 'tail /dev/zero; echo "status $?"; echo alive; ls / | grep -c bin' </dev/null
has_status 0
# Killed, as Linux' memory killer does, or told that there is no more.
output_like '^status (137|1)$'
output_like '^alive$'
output_like '^2$'

note "tail /dev/zero, three times beside a program that waits"
tessera run --timeout 120 --memory 64M -- sh -c 'sleep 1000 & p=$!
  for i in 1 2 3; do tail /dev/zero 2>/dev/null; done; kill -0 $p && echo "the other lives"; kill $p; wait; echo end' </dev/null
has_status 0
output_like '^the other lives$'
output_like '^end$'

note "a full file system, twice"
tessera run --timeout 120 --memory 64M -- sh -c 'for i in 1 2; do
    dd if=/dev/zero of=/tmp/fill bs=65536 2>&1 | sed "s/.*: //" | head -n 1
    echo more >>/tmp/fill2; echo "append $?"; echo x | cat; rm -f /tmp/fill /tmp/fill2; echo ok >/tmp/small; cat /tmp/small; done' </dev/null
has_status 0
[ "$(grep -c 'No space left on device' "$work/out")" -ge 2 ] || { fail "no ENOSPC"; show; }
[ "$(grep -c '^ok$' "$work/out")" = 2 ] || { fail "space did not come back"; show; }
[ "$(grep -c '^x$' "$work/out")" = 2 ] || { fail "programs did not run while it was full"; show; }

note "as many files as fit"
tessera run --timeout 180 --memory 48M -- sh -c 'cd /tmp; i=0; while [ $i -lt 60000 ] && true >f$i 2>/dev/null; do i=$((i+1)); done
  echo "made $i"; rm -rf /tmp/* 2>/dev/null || find /tmp -type f -exec rm {} +; ls /tmp | wc -l; echo alive' </dev/null
has_status 0
output_like '^alive$'
output_like '^0$'

note "a shell's fork bomb as nobody"
tessera run --timeout 120 --memory 64M -- sh -c 'su -s /bin/sh nobody -c "ulimit -p 60; bomb() { bomb | bomb & }; bomb" >/dev/null 2>&1
  echo alive; i=0; while [ $i -lt 50 ]; do pids=$(ps -o pid,user | awk "\$2 == \"nobody\" { print \$1 }"); [ -z "$pids" ] && break; kill -9 $pids 2>/dev/null; i=$((i+1)); done
  ls / | grep -c bin' </dev/null
has_status 0
output_like '^alive$'
output_like '^2$'

finish
