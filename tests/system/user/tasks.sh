#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A hundred thousand tasks at a time in a component of 64 MiB: all are woken, all can be told to end, and
# what one costs stays small.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

# costs ROW MOST: what the log says of the row.
costs() {
  local value
  value=$(sed -n "s/.*bench: $1\t100000\t\([0-9]*\).*/\1/p" "$work/log")
  [ -n "$value" ] || { fail "there is no row $1"; return; }
  [ "$value" -gt 0 ] && [ "$value" -le "$2" ] || fail "$1 is $value, not at most $2"
}

note "in 64 MiB"
tessera run --icount --timeout 120 --log "$work/log" --system "$root/systems/tasks.toml" </dev/null
has_status 0
costs task-bytes 256
costs task-spawn-and-wait 500
costs task-wake-and-end 700
costs task-cancel-and-end 500

note "in too little"
sed 's/"64M"/"8M"/' "$root/systems/tasks.toml" >"$work/tasks.toml"
tessera run --icount --timeout 120 --log "$work/log" --system "$work/tasks.toml" </dev/null
[ "$status" -ne 0 ] || fail "a hundred thousand tasks fitted into 8 MiB"
grep -q 'out of heap memory' "$work/log" || fail "the log does not say why"
finish
