#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --log: the log in a file, never in the program's output; unsupported calls are listed in it.
. "$(dirname "$0")/../../support/check.sh"

note "with --log"
tessera run --log "$work/log" -- sh -c 'echo out; echo err >&2; exit 2' </dev/null
has_status 2
has_output out
has_errors err
[ -s "$work/log" ] || fail "the log is empty"
grep -q 'tessera: power-off status=2' "$work/log" || { fail "the log does not end with the status"; tail -n 5 "$work/log"; }
grep -qE '^\[ *[0-9]+\.[0-9]{6}\] nucleus: ' "$work/log" || { fail "no line of the nucleus in the form of docs/formats.md"; head -n 5 "$work/log"; }
! grep -qE '^(out|err)' "$work/log" || fail "the program's output is in the log"

note "a call that does not exist is named in the log"
tessera run --log "$work/log" --add "$GUEST_PROGRAMS/hostile:/opt/hostile" -- /opt/hostile unknown </dev/null
has_status 0
grep -q 'hostile' "$work/log" || { fail "the log does not name the program of the unknown call"; tail -n 8 "$work/log"; }

note "a log that cannot be written"
tessera run --log /nowhere/log -- true </dev/null
has_status 125
one_error_line

finish
