# SPDX-License-Identifier: Apache-2.0
# For test scripts in bash: runs of ./tessera and what must be true of them. A
# script sources this, calls its tests, and ends with `finish`. Needs TESSERA.
# shellcheck shell=bash
set -u
: "${TESSERA:?path of the command tessera}"
work=$(mktemp -d "${TMPDIR:-/tmp}/tessera-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
step=start

note() { step=$*; echo "-- $*"; }
fail() { failures=$((failures + 1)); echo "FAIL ($step): $*"; }

# tessera OPTIONS...: runs it with a limit; leaves `status`, $work/out and $work/err.
# Standard input is the caller's.
tessera() { run "$TESSERA" "$@"; }
run() {
  timeout -k 5 "${limit:-100}" "$@" >"$work/out" 2>"$work/err"
  status=$?
}

show() { echo "   output: $(head -c 2000 "$work/out" | cat -v)"; echo "   errors: $(head -c 3000 "$work/err" | cat -v)"; }

has_status() { [ "$status" = "$1" ] || { fail "status $status instead of $1"; show; }; }
# TEXT is all of the output, without line ends at its end.
has_output() { [ "$(cat "$work/out")" = "$1" ] || { fail "the output is not: $1"; show; }; }
has_no_output() { [ ! -s "$work/out" ] || { fail "there is output"; show; }; }
has_errors() { [ "$(cat "$work/err")" = "$1" ] || { fail "standard error is not: $1"; show; }; }
has_no_errors() { [ ! -s "$work/err" ] || { fail "there is something on standard error"; show; }; }
output_like() { grep -qE -e "$1" "$work/out" || { fail "no line of the output is like: $1"; show; }; }
errors_like() { grep -qE -e "$1" "$work/err" || { fail "no line of standard error is like: $1"; show; }; }
one_error_line() { [ "$(wc -l <"$work/err")" = 1 ] || { fail "standard error is not one line"; show; }; }
same_file() { cmp -s "$1" "$2" || { fail "$1 and $2 differ: $(cmp "$1" "$2" 2>&1)"; show; }; }

finish() {
  if [ "$failures" = 0 ]; then echo "all right"; exit 0; fi
  echo "$failures failures"
  exit 1
}
