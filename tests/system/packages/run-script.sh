#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-script.sh SCRIPT: runs it with its packages ("# packages: A,B" in its second or
# third line) on Tessera and on Linux, and compares.
set -u
script=$1
packages=$(sed -n '1,4s/^# packages: //p' "$script")
[[ -n $packages ]] || { echo "$script names no packages" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The cache is one: who is first fills it.
exec {lock}>"$PACKAGE_CACHE.lock"
flock "$lock"
"$LINUX_RUN" --package "$packages" --add "$script:/script" -- /bin/bash /script >"$work/linux" 2>"$work/linux.err" </dev/null
linux=$?
flock -u "$lock"
((linux == 77)) && { cat "$work/linux.err" >&2; exit 77; }
"$TESSERA" run --timeout 240 --log "$work/log" --package "$packages" --add "$script:/script" -- /bin/bash /script \
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
