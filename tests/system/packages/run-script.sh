#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-script.sh SCRIPT: runs it with its packages ("# packages: A,B" in its first four
# lines) on Tessera and on Linux, and compares. "# memory: SIZE" there gives the machine
# more than it gets by default; "# with: FILE" adds a file beside this one as /FILE,
# "# source: PACKAGE" the source of a Debian package as /source.
set -u
script=$1
header() { sed -n "1,4s/^# $1: //p" "$script"; }
packages=$(header packages) memory=$(header memory) with=$(header with) source=$(header source)
[[ -n $packages ]] || { echo "$script names no packages" >&2; exit 1; }
machine=(--timeout 900)
[[ -z $memory ]] || machine+=(--memory "$memory")
additions=(--package "$packages" --add "$script:/script")
[[ -z $with ]] || additions+=(--add "$(dirname "$0")/$with:/$with")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The cache is one: who is first fills it. The root file system of the largest takes 400 MB.
exec {lock}>"$PACKAGE_CACHE.lock"
flock "$lock"
if [[ -n $source ]]; then
  "$(dirname "$0")/../../../cmake/fetch-source.sh" "$source" "$work/source" || exit
  additions+=(--add "$work/source:/source")
fi
LINUX_MEMORY=2G "$LINUX_RUN" "${additions[@]}" -- /bin/bash /script >"$work/linux" 2>"$work/linux.err" </dev/null
linux=$?
flock -u "$lock"
((linux == 77)) && { cat "$work/linux.err" >&2; exit 77; }
"$TESSERA" run "${machine[@]}" --log "$work/log" "${additions[@]}" -- /bin/bash /script \
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
