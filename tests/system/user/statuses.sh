#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program's exit status is ours; 127 for one that is not there.
. "$(dirname "$0")/../../support/check.sh"

for wanted in 0 1 2 77 126 255; do
  note "status $wanted"
  tessera run -- sh -c "exit $wanted" </dev/null
  has_status "$wanted"
  has_no_output
  has_no_errors
done

note "a program killed by a signal: 128 and the signal's number"
tessera run -- sh -c 'sh -c "kill -SEGV \$\$"; exit $?' </dev/null
has_status 139

note "a program that is not there"
tessera run -- nosuchprogram </dev/null
has_status 127
has_no_output
one_error_line
errors_like 'nosuchprogram: command not found'

note "a path that is not there"
tessera run -- /opt/none </dev/null
has_status 127
one_error_line

note "a directory as program"
tessera run -- /etc </dev/null
has_status 126
has_no_output

finish
