#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# faults.sh protected|shared: programs that execute privileged instructions and touch what
# is not theirs die as on Linux; afterwards the shell answers, in the same machine.
. "$(dirname "$0")/../../support/check.sh"
view=$1

note "each fault, alone"
script='for how in $(/opt/tests/fault); do /opt/tests/fault $how 2>/dev/null; echo "$how $?"; done; echo "still here $((1+1))"'
run "$LINUX_RUN" --add "$GUEST_PROGRAMS:/opt/tests" -- sh -c "$script" </dev/null
[ "$status" = 77 ] && exit 77
has_status 0
cp "$work/out" "$work/linux"
tessera run --timeout 90 --view "$view" --add "$GUEST_PROGRAMS:/opt/tests" -- sh -c "$script" </dev/null
has_status 0
# In the shared view a program may reach the Linux layer: it is exactly what that view gives up.
[ "$view" = shared ] && sed -i '/^personality-/d' "$work/linux" "$work/out"
diff "$work/linux" "$work/out" || fail "not as on Linux"

note "in a process of many: the others go on"
tessera run --timeout 90 --view "$view" --add "$GUEST_PROGRAMS:/opt/tests" -- sh -c '
  (i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo x; done | wc -l) &
  for how in illegal privileged null stack kernel-jump divide; do /opt/tests/fault $how & done 2>/dev/null
  wait; echo done' </dev/null 2>/dev/null
has_status 0
output_like '^200$'
output_like '^done$'

note "as the first program"
tessera run --timeout 60 --view "$view" --add "$GUEST_PROGRAMS:/opt/tests" -- /opt/tests/fault illegal </dev/null
has_status 132

finish
