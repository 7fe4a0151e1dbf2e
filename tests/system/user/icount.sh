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

note "the time-stamp counter at a program's start is nearly the same: input and output from the host come at any time"
[ -x "$GUEST_PROGRAMS/ticks" ] || fail "the program ticks was not built"
for round in 1 2; do
  tessera run --icount --add "$GUEST_PROGRAMS/ticks:/opt/ticks" -- /opt/ticks </dev/null
  has_status 0
  eval "ticks$round=$(cat "$work/out")"
done
echo "instructions to the program's start: ${ticks1:-none} and ${ticks2:-none}"
difference=$((${ticks1:-0} - ${ticks2:-1}))
[ "${difference#-}" -le $((${ticks1:-0} / 50)) ] || fail "the two runs differ by $difference instructions"

note "a program's own time is the same to the instruction"
for round in 1 2; do
  tessera run --icount --add "$GUEST_PROGRAMS/ticks:/opt/ticks" -- /opt/ticks loop </dev/null
  eval "loop$round=$(cat "$work/out")"
done
[ "${loop1:-a}" = "${loop2:-b}" ] || fail "a loop takes ${loop1:-?} and ${loop2:-?} instructions"

finish
