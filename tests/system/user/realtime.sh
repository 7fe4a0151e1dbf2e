#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A task with priority and a budget keeps its deadlines beside a container that
# forks without end; one that wants more than its budget is held to it.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
beside_forks() {
  sed "$1" "$root/systems/realtime.toml" >"$work/realtime.toml"
  tessera run --icount --timeout 200 --log "$work/log" --system "$work/realtime.toml" </dev/null
  grep 'metronome: missed' "$work/log"
}

note "a fifth of the processor, before all others"
beside_forks ''
has_status 0

note "with less than it needs"
beside_forks 's/^cpu .*/cpu = "10%"/'
[ "$status" -gt 50 ] && [ "$status" -le 100 ] || fail "it met deadlines on half of the time that it needs"
finish
