#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Messages through rings between two components, on one core and on two: all arrive, in order, and are
# answered rightly (each side ends the system when not), and nobody sleeps for ever.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)

note "one core"
tessera run --timeout 120 --log "$work/log" --system "$root/systems/rings.toml" </dev/null
has_status 0
[ "$(grep -c 'bench: .*	' "$work/log")" = 7 ] || fail "rows are missing"

note "two cores"
tessera run --cpus 2 --timeout 120 --log "$work/log" --system "$root/systems/rings-two-cores.toml" </dev/null
has_status 0
[ "$(grep -c 'two-cores	' "$work/log")" = 7 ] || fail "rows are missing"
finish
