#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Standard streams: byte-exact, with an end, in both directions.
. "$(dirname "$0")/../../support/check.sh"

note "one MiB of random bytes through cat"
head -c 1048576 /dev/urandom >"$work/file"
tessera run -- cat <"$work/file"
has_status 0
has_no_errors
same_file "$work/file" "$work/out"

note "every byte, and every length around a frame"
for bytes in 1 4095 4096 4097 8192 65537; do
  head -c "$bytes" "$work/file" >"$work/part"
  tessera run -- cat <"$work/part"
  has_status 0
  same_file "$work/part" "$work/out"
done

note "no input at all"
tessera run -- wc -c </dev/null
has_output 0

note "from a pipe, into a pipe"
sum=$(timeout 100 "$TESSERA" run -- gzip <"$work/file" | gunzip | sha256sum)
[ "$sum" = "$(sha256sum <"$work/file")" ] || fail "gzip through pipes: $sum"

note "a reader of the output that goes away"
timeout 100 "$TESSERA" run -- yes 2>"$work/err" | head -n 2 >"$work/out"
statuses=("${PIPESTATUS[@]}")
[ "$(cat "$work/out")" = $'y\ny' ] || fail "the output of yes"
[ "${statuses[0]}" != 124 ] || fail "it did not end when its output was closed"

note "a program that does not read its input"
tessera run -- true <"$work/file"
has_status 0
has_no_output

note "much on both streams at once"
tessera run -- sh -c 'for i in 1 2 3 4 5 6 7 8; do seq 1 5000; seq 1 5000 >&2; done' </dev/null
has_status 0
for i in 1 2 3 4 5 6 7 8; do seq 1 5000; done >"$work/wanted"
same_file "$work/wanted" "$work/out"
same_file "$work/wanted" "$work/err"

note "input that comes slowly"
(echo one; sleep 2; echo two) | { tessera run -- cat; has_status 0; has_output $'one\ntwo'; exit $failures; } || fail "slow input"

note "streams are not terminals"
tessera run -- sh -c 'test -t 0 || test -t 1 || test -t 2 || echo none' </dev/null
has_output none

finish
