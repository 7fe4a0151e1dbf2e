#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks every proof and every protocol model: prove.sh OUTPUT_FOLDER. A proof with
# a hole, an axiom, or a mutated protocol in which no error is found fails it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
theorems=5   # how many Print Assumptions there are
cc=${CC:-clang-22}
fail() { printf 'prove: %s\n' "$*" >&2; exit 1; }

if grep -nwE 'Admitted|admit|Axiom|Axioms|Parameter|Parameters|Conjecture|Hypothesis|Variable' "$here"/*.v; then
  fail "a hole or an axiom, see above"
fi
for name in Capability Operations Invariant Theorems; do
  printf 'prove: %s.v\n' "$name"
  cp "$here/$name.v" "$out/"
  (cd "$out" && coqc -Q . Tessera "$name.v") >"$out/$name.log" 2>&1 || { cat "$out/$name.log"; fail "$name.v"; }
done
closed=$(grep -c '^Closed under the global context$' "$out/Theorems.log" || true)
[[ $closed == "$theorems" ]] || { cat "$out/Theorems.log"; fail "$closed of $theorems theorems stand without assumptions"; }
printf 'prove: %s theorems, no assumptions\n' "$closed"

# Complete searches: pan says so when it gave up early.
search() {  # model, switches
  (cd "$out" && spin "${@:2}" -a "$here/protocols/$1.pml" >spin.log && "$cc" -O2 -w -DSAFETY -o pan pan.c && ./pan -m100000) >"$out/$1.log" 2>&1 ||
    { cat "$out/$1.log"; fail "$1 did not run"; }
}
for model in ring_wake; do
  search "$model"
  grep -q 'errors: 0$' "$out/$model.log" || { cat "$out/$model.log"; fail "$model has an error"; }
  ! grep -qE 'max search depth too small|out of memory|Search not completed' "$out/$model.log" || fail "$model: not searched completely"
  search "$model" -DBROKEN
  grep -qE 'errors: [1-9]' "$out/$model.log" || fail "$model: broken on purpose, and no error found"
  printf 'prove: %s holds in every state; its broken version does not\n' "$model"
done
