#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Random system calls from threads with random capabilities, for a while. Another seed:
# TESSERA_SEED=N; much longer: ./tessera fuzz system-calls.
. "$(dirname "$0")/../../support/check.sh"
limit=280

note "seed ${TESSERA_SEED:-1}"
tessera fuzz system-calls --calls 100000 --icount --seed "${TESSERA_SEED:-1}" </dev/null
has_status 0
has_no_errors
output_like "^seed ${TESSERA_SEED:-1}: nothing broke in [0-9]{6,} calls\$"
# It was no storm if few of its calls did anything.
worked=$(sed -n 's/^  result ok: //p' "$work/out")
[ "${worked:-0}" -gt 20000 ] || fail "only ${worked:-none} of the calls succeeded"
finish
