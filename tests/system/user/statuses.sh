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
one_error_line
errors_like '^tessera: /etc: Permission denied$'

note "a file that is not executable, no program, a script without its interpreter"
printf 'x' >"$work/plain"
printf 'hello\n' >"$work/text"
printf '#!/opt/none\n' >"$work/script"
chmod 644 "$work/plain"
chmod 755 "$work/text" "$work/script"
tessera run --add "$work/plain:/opt/plain" -- /opt/plain </dev/null
has_status 126
one_error_line
errors_like '^tessera: /opt/plain: Permission denied$'
tessera run --add "$work/text:/opt/text" -- /opt/text </dev/null
has_status 126
one_error_line
errors_like '^tessera: /opt/text: Exec format error$'
tessera run --add "$work/script:/opt/script" -- /opt/script </dev/null
has_status 127
one_error_line
errors_like '^tessera: /opt/script: No such file or directory$'

finish
