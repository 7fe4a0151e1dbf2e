#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-script.sh SCRIPT: runs it with its packages ("# packages: A,B" in its first four
# lines) on Tessera and on Linux, and compares. "# memory: SIZE" there gives the machine
# more than it gets by default.
set -u
script=$1
header() { sed -n "1,4s/^# $1: //p" "$script"; }
packages=$(header packages) memory=$(header memory)
[[ -n $packages ]] || { echo "$script names no packages" >&2; exit 1; }
machine=(--timeout 900)
[[ -z $memory ]] || machine+=(--memory "$memory")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The cache is one: who is first fills it. The root file system of the largest takes 400 MB.
exec {lock}>"$PACKAGE_CACHE.lock"
flock "$lock"
LINUX_MEMORY=2G "$LINUX_RUN" --package "$packages" --add "$script:/script" -- /bin/bash /script >"$work/linux" 2>"$work/linux.err" </dev/null
linux=$?
flock -u "$lock"
((linux == 77)) && { cat "$work/linux.err" >&2; exit 77; }
"$TESSERA" run "${machine[@]}" --log "$work/log" --package "$packages" --add "$script:/script" -- /bin/bash /script \
  >"$work/tessera" 2>"$work/tessera.err" </dev/null
tessera=$?

if ((linux != tessera)) || ! diff -u "$work/linux" "$work/tessera"; then
  echo "Linux ended with $linux, Tessera with $tessera"
  echo "--- standard error on Linux"; tail -n 30 "$work/linux.err"
  echo "--- standard error on Tessera"; tail -n 30 "$work/tessera.err"
  echo "--- log"; tail -n 30 "$work/log"
  exit 1
fi
echo "$(wc -l <"$work/linux") lines, status $linux"
