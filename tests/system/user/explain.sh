#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ./tessera explain: the program's own output and status, and what it asked for.
. "$(dirname "$0")/../../support/check.sh"

note "files"
tessera explain --timeout 60 -- sh -c 'cat /etc/hostname /none/such; cat /etc/passwd >/dev/null; (cd /tmp; cat absent); exit 3' </dev/null
has_status 3
output_like '^tessera$'
errors_like '^Files that were opened'
errors_like '^  /etc/passwd$'
errors_like '^  /none/such \(once, cat\)'
errors_like '^  absent \(once, cat\)'

note "refusals"
tessera explain --timeout 60 -- sh -c 'mkdir /tmp/m; mount -t tmpfs none /tmp/m; mount -o remount,ro /tmp/m; >/tmp/m/x; nc -l -p 80' </dev/null
errors_like '^  /tmp/m/x \(once, sh\), by open'
errors_like '^  IPv[46] \([a-z]+\): the container has no network'

note "nothing is added to a run without it"
tessera run --timeout 60 -- sh -c 'cat /none/such' </dev/null
has_status 1
one_error_line
finish
