#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hunger.sh KIND: processes, threads, memory or descriptors taken without end in a machine of
# 64 MiB: refused, or the greedy program ends; then the shell still answers.
. "$(dirname "$0")/../../support/check.sh"
limit=280
kind=$1

note "$kind"
tessera run --timeout 240 --memory 64M --log "$work/log" --add "$GUEST_PROGRAMS:/opt/tests" -- sh -c "
  /opt/tests/hostile $kind; echo status \$?
  ls / | grep -c bin; (exit 6); echo \$?; seq 1 1000 | sort -n | tail -n 1" </dev/null
cat "$work/err" "$work/out"
has_status 0
output_like "^survived $kind"
output_like '^status 0$'
[ "$(tail -n 3 "$work/out")" = $'2\n6\n1000' ] || fail "the shell does not answer as it should"
if [ "$failures" != 0 ]; then tail -n 20 "$work/log"; fi

finish
