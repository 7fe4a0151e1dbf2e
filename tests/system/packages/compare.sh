#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# compare.sh PACKAGES CASE.sh: runs the script with Debian's bash on this machine's
# Linux and on Tessera, in the same root file system; output, standard error and
# status must be the same.
. "$(dirname "$0")/../../support/check.sh"
packages=$1 case=$2

note "$(basename "$case") on Linux"
LINUX_MEMORY=1G run "$LINUX_RUN" --package "$packages" --add "$case:/case.sh" -- /bin/bash /case.sh </dev/null
[ "$status" = 77 ] && { cat "$work/err"; exit 77; }
expected=$status
mv "$work/out" "$work/linux.out"
mv "$work/err" "$work/linux.err"
[ -s "$work/linux.out" ] || { fail "the case prints nothing"; cat "$work/linux.err"; }

note "the same on Tessera"
tessera run --package "$packages" --add "$case:/case.sh" -- /bin/bash /case.sh </dev/null
has_status "$expected"
diff -u --label linux --label tessera "$work/linux.out" "$work/out" || fail "the output differs"
diff -u --label linux --label tessera "$work/linux.err" "$work/err" || fail "standard error differs"
finish
