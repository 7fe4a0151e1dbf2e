#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --timeout: status 124, and where the machine was.
. "$(dirname "$0")/../../support/check.sh"

note "a program that sleeps"
tessera run --timeout 8 -- sh -c 'echo before; sleep 1000' </dev/null
has_status 124
has_output before
errors_like 'timed out after 8 s'
errors_like 'processor 0 is at 0x'

note "a program that computes"
tessera run --timeout 8 -- sh -c 'while :; do :; done' </dev/null
has_status 124
errors_like 'processor 0 is at 0x'

note "time enough"
tessera run --timeout 90 -- echo done </dev/null
has_status 0
has_output done
has_no_errors

note "not a time"
for time in 0 -1 x ''; do
  tessera run --timeout "$time" -- true </dev/null
  has_status 125
  one_error_line
done

finish
