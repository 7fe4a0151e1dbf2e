#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Components that end are started again as their manifest says, each time with all
# that they had, while the others go on.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

# RESTART COMMAND: the metronome runs for a second of the machine's time, the container as
# long as its command.
beside_container() {
  sed -e 's/^main = .*/main = "linux"/' -e 's/^needs    = \["linux"\]//' \
    -e "s/while true; do .*; done/$2; echo done; exit 4/" -e "/component.metronome/,/component.console/ s/^restart  = .*/$1/" \
    "$root/systems/realtime.toml" >"$work/system.toml"
  tessera run --icount --timeout 120 --log "$work/log" --system "$work/system.toml" </dev/null
  has_status 4
  has_output 'done'
}
lives() { grep -c 'metronome: missed' "$work/log"; }

note "always, three times at most"
beside_container 'restart = "always"\nrestarts = 3' 'sleep 5'
[ "$(lives)" = 4 ] || fail "$(lives) lives instead of 4"
grep -q 'genesis: metronome: started again (3 of 3)' "$work/log" || fail "no word of the last restart"
grep -q 'genesis: metronome: given up' "$work/log" || fail "no word of giving up"

# Its status is how many deadlines it missed. An idle machine's clock follows the host's, also
# under --icount: somebody else's work there would make it late.
note "after a failure only"
beside_container 'restart = "on-failure"' '(while true; do true; done) \& sleep 2; kill $!'
[ "$(lives)" = 1 ] || fail "$(lives) lives instead of 1"
finish
