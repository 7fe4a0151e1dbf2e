#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What happens to capabilities in a run, written down and looked through.
. "$(dirname "$0")/../../support/check.sh"

note "a run with an audit is as any other"
tessera run --timeout 60 --audit "$work/audit" -- sh -c 'echo out; exit 3' </dev/null
has_status 3
has_output 'out'
has_no_errors

note "all of it"
tessera audit "$work/audit" </dev/null
has_status 0
has_no_errors
output_like '^ +[0-9]+\.[0-9]{6}  console: delegate memory 0x[0-9a-f]+ rights r.* by genesis'
output_like ' linux: create thread 0x[0-9a-f]+ .* by linux'
lines=$(wc -l <"$work/out")

note "chosen by namespace, event, object and time"
tessera audit "$work/audit" --namespace linux --event create --object thread </dev/null
has_status 0
grep -qv ' linux: create thread ' "$work/out" && fail "a line that was not asked for"
[ -s "$work/out" ] || fail "nothing was found"
tessera audit "$work/audit" --since 1000 </dev/null
has_status 0
has_no_output

note "as JSON"
tessera audit --json - <"$work/audit"
has_status 0
[ "$(grep -c '^{"namespace":"[a-z-]*","sequence":[0-9]*,"time_ns":[0-9]*,.*,"lost":0}$' "$work/out")" = "$lines" ] || fail "not one good object a line"
# Records are numbered without a gap: none was lost.
grep -o '"namespace":"linux","sequence":[0-9]*' "$work/out" | grep -o '[0-9]*$' | awk '$1 != NR - 1 { exit 1 }' || fail "records of linux are missing"

note "what cannot be shown"
tessera audit "$work/none" </dev/null
has_status 125
one_error_line
tessera audit </dev/null
has_status 125
one_error_line
finish
