#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Both views run the same programs; on several processors too.
. "$(dirname "$0")/../../support/check.sh"

script='seq 1 2000 | sort -rn | head -n 3; for i in 1 2 3 4 5 6; do (echo $i) & done | sort; wait; find / -xdev -name "busybox*" | wc -l'
wanted=$'2000\n1999\n1998\n1\n2\n3\n4\n5\n6\n'
for view in protected shared; do
  note "--view $view"
  tessera run --view "$view" -- sh -c "$script" </dev/null
  has_status 0
  has_no_errors
  case $(cat "$work/out") in "$wanted"*) ;; *) fail "the output"; show ;; esac
done

note "--cpus 4"
tessera run --cpus 4 -- sh -c 'echo four' </dev/null
has_status 0
has_output four

note "--cpu-model as benchmarks use it"
tessera run --cpu-model max,la57=off,erms=off -- echo model </dev/null
has_output model

note "an older processor"
tessera run --cpu-model qemu64 -- echo old </dev/null
[ "$status" = 0 ] || { has_status 125; one_error_line; }

note "no such view"
tessera run --view none -- true </dev/null
has_status 125
one_error_line

finish
