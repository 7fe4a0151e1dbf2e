#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --icount: time is counted in instructions, so two runs tell the same time.
. "$(dirname "$0")/../../support/check.sh"

note "/proc/uptime is the same in two runs"
tessera run --icount -- cat /proc/uptime </dev/null
has_status 0
first=$(cat "$work/out")
tessera run --icount -- cat /proc/uptime </dev/null
has_output "$first"

[ -x "$GUEST_PROGRAMS/ticks" ] || fail "the program ticks was not built"
note "a program's own time is the same to the instruction"
for round in 1 2; do
  tessera run --icount --add "$GUEST_PROGRAMS/ticks:/opt/ticks" -- /opt/ticks loop </dev/null
  eval "loop$round=$(cat "$work/out")"
done
[ "${loop1:-a}" = "${loop2:-b}" ] || fail "a loop takes ${loop1:-?} and ${loop2:-?} instructions"

finish
