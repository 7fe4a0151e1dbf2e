#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks everything under model/: `./tessera prove` runs this, and so do the tests
# proof.NAME. Arguments: which checks (default: all), e.g. `protocols`.
# Exit status: 0 all hold, 1 one fails, 77 what it needs is not installed, 2 usage.
#
# A check is a function below and a word in `checks`. It runs its parts by `part`.
set -uo pipefail

checks=(capabilities protocols)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "prove: $program is not installed: nothing is checked" >&2; exit 77; }
  done
}

# part NAME COMMAND...: one line about it; the command's output where it fails. The
# command may leave a remark in $work/remark.
part() {
  local name=$1 start=$EPOCHREALTIME end status=0
  shift
  : >"$work/remark"
  "$@" >"$work/output" 2>&1 || status=$?
  end=$EPOCHREALTIME
  local milliseconds=$(((${end/./} - ${start/./}) / 1000))
  printf '%-54s %14s %4d.%d s  %s\n' "$name" "$(<"$work/remark")" $((milliseconds / 1000)) $((milliseconds % 1000 / 100)) \
    "$( ((status)) && echo FAILED || echo ok)"
  ((status)) || return 0
  sed 's/^/    /' "$work/output"
  failed=1
}

# ---------------------------------------------------------------- protocols, by SPIN

# What SPIN checks: file, then options of the model; `ltl` when it has a property over
# infinite runs (checked with weak fairness).
models=(
  'ipc'
  'ipc ltl POLITE'
  'notification'
  'notification ltl POLITE'
  'queue'
  'ring'
  'ring INPUT'
)

# Errors put into the models, which SPIN must find: a model that cannot fail proves nothing.
mutants=(
  'ipc BUG_CALLER_STAYS'
  'ipc BUG_CHAIN_NOT_FOLLOWED'
  'ipc BUG_DONATE_NO_BUDGET'
  'ipc BUG_DONATION_STAYS'
  'ipc BUG_FAST_REPLY_TO_ANY'
  'ipc BUG_NO_UNLINK'
  'ipc BUG_OFFER_STAYS'
  'ipc BUG_REPLY_NOT_FORGOTTEN'
  'ipc BUG_REPLY_OF_THE_DEAD'
  'ipc BUG_SIDE_STAYS'
  'ipc ltl POLITE BUG_SERVER_FORGETS'
  'notification BUG_BITS_STAY'
  'notification BUG_GIVE_AND_KEEP'
  'notification BUG_NO_UNLINK'
  'notification BUG_TIMER_LEFT'
  'notification ltl POLITE BUG_LOOK_THEN_QUEUE'
  'queue BUG_NO_FENCE_BEFORE_LOOK'
  'queue BUG_NO_FENCE_BEFORE_WAKE'
  'queue BUG_NO_SECOND_LOOK'
  'queue BUG_RELAXED_LOOK'
  'queue BUG_RELAXED_TAIL'
  'queue BUG_RELEASE_BEFORE_READING'
  'ring BUG_FREE_BEFORE_COPY'
  'ring BUG_LOOK_BEFORE_ASKING'
  'ring BUG_NO_FENCE_BEFORE_LOOK'
  'ring BUG_NO_FENCE_BEFORE_WAKE'
  'ring BUG_NO_SECOND_LOOK'
  'ring BUG_NO_WAKE_OF_WRITER'
  'ring BUG_TAIL_BEFORE_DATA'
  'ring INPUT BUG_NO_FENCE_BEFORE_LOOK'
  'ring INPUT BUG_NO_FENCE_BEFORE_WAKE'
  'ring INPUT BUG_NO_SECOND_LOOK'
)

# search FILE OPTIONS...: 0 nothing found, 1 an error found, 2 the search did not end.
# Leaves the verifier's report in ./report, in a directory of its own.
search() {
  local file=$1 word defines=() flags=(-DSAFETY) run=() meant=0 effort=-O1
  shift
  for word in "$@"; do
    case $word in
      ltl) flags=(-DNFAIR=3) run=(-a -f) ;;
      *) defines+=("-D$word") ;;
    esac
    [[ $word != BUG_* ]] || meant=1 effort=-O0  # an error is found soon: compiling would take longer
  done
  rm -rf "$work/search" && mkdir "$work/search" && cd "$work/search" || return 2
  spin -P"$compiler -E -x c" -a "${defines[@]}" "$here/protocols/$file.pml" >translation 2>&1 || { cat translation; return 2; }
  "$compiler" "$effort" -w -DCOLLAPSE -DMEMLIM=1500 "${flags[@]}" -o verifier pan.c || return 2
  # -b: a search that was too deep is an error, not a gap.
  timeout 170 ./verifier "${run[@]}" -b -m1000000 >report 2>&1
  sed -n 's/^ *\([0-9]*\) states, stored.*/\1 states/p' report >"$work/remark"
  # The errors that count are the model's own, not those of the search.
  if grep '^pan:1: \(assertion\|invalid end\|acceptance\)' report; then
    # The steps that lead there; of an error that was meant nobody reads them.
    ((meant)) || spin -P"$compiler -E -x c" -k ./*.trail -t -p -g "${defines[@]}" "$here/protocols/$file.pml"
    return 1
  fi
  grep -q 'errors: 0$' report && ! grep -q 'Search not completed\|out of memory' report && return 0
  cat report
  return 2
}

holds() { ( search "$@" ); }

found() {
  local status=0
  ( search "$@" ) >"$work/found" || status=$?
  if ((status == 1)); then
    echo 'error found' >"$work/remark"
    return 0
  fi
  ((status == 0)) && echo "the error in the model was not found" || cat "$work/found"
  return 1
}

protocols() {
  need spin
  compiler=${CC:-}
  local candidate line words
  for candidate in clang-22 clang gcc cc; do
    [[ -n $compiler ]] || ! command -v "$candidate" >/dev/null || compiler=$candidate
  done
  need "${compiler:-a C compiler}"
  for line in "${models[@]}"; do
    read -ra words <<<"$line"
    part "protocols: $line" holds "${words[@]}"
  done
  for line in "${mutants[@]}"; do
    read -ra words <<<"$line"
    part "protocols: $line" found "${words[@]}"
  done
}

# ---------------------------------------------------------------- capabilities, by Coq

proof_files=(Capability State Derivation Operations Invariant Theorems Ledger Apart Genesis)

no_holes() { ! grep -nwE 'Admitted|admit|Axiom|Axioms|Parameter|Parameters|Conjecture|Hypothesis|Variable' "${proof_files[@]/%/.v}"; }
compiled() { coqc -Q . Tessera "$1.v" >"$1.log" 2>&1 || { cat "$1.log"; return 1; }; }
# Each file asks for what its theorems stand on; nothing may be the answer.
closed() {
  local asked count
  asked=$(cat "${proof_files[@]/%/.v}" | grep -c '^Print Assumptions ')
  count=$(cat "${proof_files[@]/%/.log}" | grep -c '^Closed under the global context$')
  echo "$count theorems" >"$work/remark"
  [[ $count == "$asked" && $count -gt 0 ]] || { cat "${proof_files[@]/%/.log}"; return 1; }
}

capabilities() {
  need coqc
  local name
  mkdir -p "$work/coq" && cp "$here"/*.v "$work/coq"
  cd "$work/coq" || exit 2
  part "capabilities: no holes, no axioms" no_holes
  for name in "${proof_files[@]}"; do part "capabilities: $name.v" compiled "$name"; done
  part "capabilities: what the theorems stand on" closed
}

# ----------------------------------------------------------------

(($#)) || set -- "${checks[@]}"
for check in "$@"; do
  [[ " ${checks[*]} " == *" $check "* ]] || { echo "prove: there is no check '$check'; there are: ${checks[*]}" >&2; exit 2; }
done
for check in "$@"; do "$check"; done
exit "$failed"
