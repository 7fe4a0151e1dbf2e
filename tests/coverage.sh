#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the host tests run of the nucleus: `./tessera test --coverage` calls this.
# Arguments: the build directory, and where to write HTML pages (may be left out).
# Builds the tests of tests/unit/kernel anew in BUILD/coverage, with clang's counters in
# place of the sanitizers, runs all of them and prints how much of each file they reached.
# Nothing is left out of the count.
# Exit status: 0; 1 when too little is reached or a test fails; 125 when it cannot be found out.
set -euo pipefail

# Folders that are shown, and those that together must reach so much, in percent.
shown=(kernel/object kernel/namespace kernel/audit kernel/ipc kernel/sched kernel/memory)
required='kernel/object kernel/namespace kernel/audit'
least_lines=95 least_branches=90

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1/coverage
html=${2:-}
tests=(kernel_object_test kernel_property_test kernel_queue_test kernel_parser_test)

say() { printf 'tessera: %s\n' "$*" >&2; }
die() { say "$*"; exit 125; }

mkdir -p "$build"
log=$build/build.log
# Two runs at a time must not share the counters.
exec {lock}>"$build/.lock"
flock "$lock"
if [[ ! -f $build/build.ninja ]]; then
  say "configuring $build"
  cmake -G Ninja -S "$root" -B "$build" -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 \
    -DTESSERA_COVERAGE=ON -DTESSERA_TEST_PARTS=unit/kernel >"$log" 2>&1 || { cat "$log" >&2; die "cmake failed"; }
fi
say "building the nucleus' host tests with counters"
ninja -C "$build" "${tests[@]}" >"$log" 2>&1 || { tail -n 40 "$log" >&2; die "the build failed"; }

rm -f "$build"/*.profraw
objects=()  # the first as it is, the others by --object
for test in "${tests[@]}"; do
  program=$build/tests/unit/kernel/$test
  objects+=(${objects[0]:+--object} "$program")
  LLVM_PROFILE_FILE=$build/$test.profraw timeout 300 "$program" >"$log" 2>&1 ||
    { cat "$log" >&2; say "$test failed"; exit 1; }
  say "$test: $(tail -n 1 "$log")"
done
llvm-profdata-22 merge -o "$build/all.profdata" "$build"/*.profraw || die "llvm-profdata-22 failed"

if [[ -n $html ]]; then
  mapfile -t files < <(find "${shown[@]/#/$root/}" -name "*.[ch]pp" | LC_ALL=C sort)
  llvm-cov-22 show --instr-profile="$build/all.profdata" "${objects[@]}" --format=html --output-dir="$html" --show-branches=count \
    "${files[@]}" >"$log" 2>&1 || { cat "$log" >&2; die "llvm-cov-22 show failed"; }
  say "pages: $html/index.html"
fi

# llvm-cov warns of "mismatched data" where one of the programs has a function that it never calls.
for folder in "${shown[@]}"; do
  # Lines of a report: name, functions (3), lines, missed, cover, branches, missed, cover.
  llvm-cov-22 report --instr-profile="$build/all.profdata" "${objects[@]}" --show-region-summary=false "$root/$folder" 2>"$log" |
    awk -v folder="$folder" '$5 ~ /^[0-9]+$/ && $1 != "TOTAL" { n = split($1, part, "/"); print folder, part[n], $5, $6, $8, $9 }'
done | LC_ALL=C sort -s -k1,1 -k2,2 | awk -v order="${shown[*]}" -v required="$required" -v lines="$least_lines" -v branches="$least_branches" '
  function percent(all, missed) { return all == 0 ? 100 : 100 * (all - missed) / all }
  function row(name, all_lines, no_line, all_branches, no_branch) {
    printf "%-47s %5d %6d %6.1f %%   ", name, all_lines, no_line, percent(all_lines, no_line)
    if (all_branches == 0) printf "%5s %6s %8s\n", "-", "-", "-"
    else printf "%5d %6d %6.1f %%\n", all_branches, no_branch, percent(all_branches, no_branch)
  }
  { file[$1, ++files[$1]] = $0; a[$1] += $3; b[$1] += $4; c[$1] += $5; d[$1] += $6 }
  END {
    printf "%-47s %5s %6s %8s   %5s %6s %8s\n", "", "lines", "missed", "", "sides", "missed", ""
    for (i = 1; i <= split(order, folders, " "); ++i) {
      name = folders[i]
      if (files[name] == 0) { print "tessera: nothing was counted in " name; exit 125 }
      for (n = 1; n <= files[name]; ++n) { split(file[name, n], f, " "); row("  " name "/" f[2], f[3], f[4], f[5], f[6]) }
      row(name, a[name], b[name], c[name], d[name])
    }
    for (i = 1; i <= split(required, folders, " "); ++i) {
      name = folders[i]; all += a[name]; missed += b[name]; sides += c[name]; unseen += d[name]
    }
    row(required, all, missed, sides, unseen)
    if (percent(all, missed) >= lines && percent(sides, unseen) >= branches) exit 0
    printf "tessera: too little: these folders together must reach %d %% of lines and %d %% of branches; the weakest:", lines, branches
    for (i = 1; i <= split(required, folders, " "); ++i) {
      name = folders[i]
      if (percent(a[name], b[name]) < lines) printf " %s (lines)", name
      if (percent(c[name], d[name]) < branches) printf " %s (branches)", name
    }
    print ""
    exit 1
  }'
