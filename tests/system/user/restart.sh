#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Components that end are started again as their manifest says, each time with all
# that they had, while the others go on.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

# The metronome runs for a second of the machine's time, the container for five.
beside_container() {
  sed -e 's/^main = .*/main = "linux"/' -e 's/^needs    = \["linux"\]//' \
    -e 's/while true; do .*; done/sleep 5; echo done; exit 4/' -e "/component.metronome/,/component.console/ s/^restart  = .*/$1/" \
    "$root/systems/realtime.toml" >"$work/system.toml"
  tessera run --icount --timeout 120 --log "$work/log" --system "$work/system.toml" </dev/null
  has_status 4
  has_output 'done'
}
lives() { grep -c 'metronome: missed' "$work/log"; }

note "always, three times at most"
beside_container 'restart = "always"\nrestarts = 3'
[ "$(lives)" = 4 ] || fail "$(lives) lives instead of 4"
grep -q 'genesis: metronome: started again (3 of 3)' "$work/log" || fail "no word of the last restart"
grep -q 'genesis: metronome: given up' "$work/log" || fail "no word of giving up"

note "after a failure only"
beside_container 'restart = "on-failure"'
[ "$(lives)" = 1 ] || fail "$(lives) lives instead of 1"
finish
