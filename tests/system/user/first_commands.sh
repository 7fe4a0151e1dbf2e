#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The commands that a new user tries first.
. "$(dirname "$0")/../../support/check.sh"

note "a program's output and nothing else"
tessera run -- sh -c 'echo hello | sha256sum' </dev/null
has_status 0
has_output "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  -"
has_no_errors

note "standard input reaches the shell; its status is ours"
printf 'ls /\nexit 3\n' >"$work/script"
tessera run -- sh <"$work/script"
has_status 3
output_like '^bin$'
output_like '^etc$'
has_no_errors

note "the manifest's own command with a script on standard input"
printf 'echo here-$((1+1))\nexit 4\n' >"$work/script"
tessera run <"$work/script"
has_status 4
has_output "here-2"

note "standard error is standard error"
tessera run -- sh -c 'echo out; echo err >&2' </dev/null
has_status 0
has_output out
has_errors err

finish
