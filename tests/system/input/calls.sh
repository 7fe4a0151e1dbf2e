#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# calls.sh KIND VIEW: system calls with wild pointers, or at random; then the shell still
# answers. TESSERA_SEED chooses the seed, TESSERA_FUZZ_SECONDS how long (default 30;
# for a night: TESSERA_FUZZ_SECONDS=36000 ./tessera test -R input.random -- --timeout 40000).
. "$(dirname "$0")/../../support/check.sh"
kind=$1
view=$2
seconds=${TESSERA_FUZZ_SECONDS:-30}
limit=$((seconds + 240))
seed=${TESSERA_SEED:-$((RANDOM * 32768 + RANDOM))}
[ "$kind" = random ] && kind="random $seed $seconds"

note "$kind, $view"
tessera run --timeout $((seconds + 200)) --view "$view" --log "$work/log" --add "$GUEST_PROGRAMS:/opt/tests" -- sh -c "
  /opt/tests/hostile $kind; echo status \$?
  ls / | grep -c bin; sleep 0.1; (exit 6); echo \$?; seq 1 1000 | sort -n | tail -n 1; ls -d /tmp /etc/passwd" </dev/null
cat "$work/err" "$work/out"
has_status 0
output_like "^survived ${kind%% *}"
output_like '^status 0$'
[ "$(tail -n 5 "$work/out")" = $'2\n6\n1000\n/etc/passwd\n/tmp' ] || fail "the shell does not answer as it should"
if [ "$failures" != 0 ]; then tail -n 20 "$work/log"; fi

finish
