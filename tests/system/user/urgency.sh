#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How urgent programs are (components/scheduler): nice and scheduling policies share work as
# they should, and who waits for input is answered beside others that compute. Work is
# counted; time is looked at by the instruction clock only, on one core.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
program=(--timeout 90 --add "$GUEST_PROGRAMS/urgency:/opt/urgency")

# WHAT LEAST MOST OPTION...: a process with WHAT does between LEAST and MOST percent of the work of
# one without.
race() {
  tessera run "${@:4}" "${program[@]}" -- /opt/urgency race "$1" </dev/null
  has_status 0
  read -r plain other <"$work/out"
  echo "$1: $plain and $other"
  [ "$((other * 100))" -ge "$((plain * $2))" ] || { fail "$1: $other beside $plain is less than $2 %"; show; }
  [ "$((other * 100))" -le "$((plain * $3))" ] || { fail "$1: $other beside $plain is more than $3 %"; show; }
}

for machine in --icount "--cpus 4"; do
  note "work side by side, $machine"
  # shellcheck disable=SC2086
  {
    race plain 60 160 $machine
    race batch 60 160 $machine
    race 5 15 60 $machine
    race 10 3 30 $machine
    race 19 0 20 $machine
    race idle 0 20 $machine
  }
done
race 19 0 10 --icount
[ "$other" -gt 50 ] || fail "the background gets nothing at all"

note "answers beside eight that compute"
tessera run --icount "${program[@]}" -- /opt/urgency answers </dev/null
has_status 0
read -r median worst least <"$work/out"
echo "median $median us, worst $worst us; who computes did $least at least"
# Each of the eight has a turn of 4 ms at least: who waited for one of them alone has taken longer.
[ "$median" -lt 1000 ] && [ "$worst" -lt 3000 ] || fail "an answer waited for those that compute"
[ "$least" -gt 100 ] || fail "one that computes starves"

note "the same on four cores"
tessera run --cpus 4 "${program[@]}" -- /opt/urgency answers </dev/null
has_status 0
read -r median worst least <"$work/out"
echo "median $median us, worst $worst us; who computes did $least at least"
[ "$least" -gt 0 ] || fail "one that computes starves"

note "without a scheduler"
without() { sed "s/^kind *= \"linux\"/&\nscheduler = $1/" "$root/systems/shell.toml" >"$work/without.toml"; }
without false
tessera run --log "$work/log" --system "$work/without.toml" "${program[@]}" -- /opt/urgency race 19 </dev/null
has_status 0
grep -q "4 components" "$work/log" || fail "there is a scheduler all the same"
without 1
tessera run --system "$work/without.toml" -- true </dev/null
has_status 125

note "a share of a processor"
sed 's/^memory *= "80%"/&\ncpu = "50%"/' "$root/systems/shell.toml" >"$work/half.toml"
race plain 60 160 --icount --system "$work/half.toml"
race 19 0 20 --icount --system "$work/half.toml"
finish
