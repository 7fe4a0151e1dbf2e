#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Machines with little and with much memory. 32M must do for a small pipeline.
. "$(dirname "$0")/../../support/check.sh"

note "the smallest machine"
smallest=
for megabytes in 32 28 24 20 16; do
  tessera run --timeout 60 --memory "${megabytes}M" -- sh -c 'ls -l / | wc -l' </dev/null
  [ "$status" = 0 ] && [ "$(cat "$work/out")" -gt 10 ] 2>/dev/null || break
  smallest=$megabytes
done
echo "the smallest memory in which the pipeline runs: ${smallest:-none of those tried} M"
[ -n "$smallest" ] || { fail "32M are not enough"; show; }

note "a machine that is too small says so"
if [ "$status" != 0 ]; then
  [ "$status" = 125 ] || [ "$status" = 1 ] || fail "status $status at ${megabytes}M"
  [ -s "$work/err" ] || fail "no word about it at ${megabytes}M"
fi

note "sizes that are no power of two"
for megabytes in 35 45 60 82 102; do
  tessera run --timeout 60 --memory "${megabytes}M" -- sh -c 'ls / | wc -l' </dev/null
  has_status 0
done

note "much memory"
tessera run --timeout 90 --memory 4G -- sh -c 'head -c 40000000 /dev/zero | tail -c 30000000 | wc -c; free -m | awk "NR == 2 { print (\$2 > 2000) }"' </dev/null
has_status 0
has_output $'30000000\n1'

note "not a size"
for size in 1M 15M 0 x 33000K; do
  tessera run --memory "$size" -- true </dev/null
  has_status 125
  one_error_line
done

finish
