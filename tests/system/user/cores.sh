#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --cpus: the machine uses as many cores, Linux programs see those that the manifest
# allows, and what makes no sense is told.
. "$(dirname "$0")/../../support/check.sh"
root=$(cd "$(dirname "$0")/../../.." && pwd)
unset TESSERA_CPUS

for cores in 1 2 4 8 16 64; do
  note "$cores cores"
  tessera run --cpus "$cores" --memory 512M --log "$work/log" -- sh -c \
    'nproc; for i in 1 2 3 4; do (echo a; exec sha256sum /bin/busybox) | wc -l & done; wait; grep -c ^cpu[0-9] /proc/stat; grep -c ^processor /proc/cpuinfo' </dev/null
  has_status 0
  has_no_errors
  has_output "$(printf '%s\n2\n2\n2\n2\n%s\n%s' "$cores" "$cores" "$cores")"
  grep -qE "nucleus: .* $cores cores found, $cores used" "$work/log" || fail "the log does not say $cores cores"
done

note "by the environment"
TESSERA_CPUS=3 tessera run -- nproc </dev/null
has_output 3
TESSERA_CPUS=3 tessera run --cpus 2 -- nproc </dev/null
has_output 2
TESSERA_CPUS=many tessera run -- nproc </dev/null
has_status 125
errors_like "takes a number from 1 to 64; 'many' is not"

# with LINE CORES COMMAND...
with() {
  sed "s/^memory *= \"80%\"/&\n$1/" "$root/systems/shell.toml" >"$work/system.toml"
  tessera run --cpus "$2" --system "$work/system.toml" -- "${@:3}" </dev/null
}
note "shares of cores"
with 'cpu = "50%"' 4 nproc
has_output 1
with 'cpu = "250%"' 4 sh -c 'nproc; cat /sys/devices/system/cpu/online'
has_output "$(printf '3\n0-2')"
with $'cpu = "200%"\\ncore = 2' 4 cat /sys/devices/system/cpu/online
has_output 2-3

note "cores that are not there"
with 'core = 5' 2 nproc
has_status 125
errors_like 'is to run on core 5; this machine runs cores 0 to 1'
tessera run --cpus 2 -- taskset 4 true </dev/null
[ "$status" != 0 ] || fail "affinity to a core that is not there"
errors_like '[Ii]nvalid argument'

note "everything at once, and the memory is there again"
tessera run --cpus 8 --timeout 90 --add "$GUEST_PROGRAMS/conformance:/opt/tests/conformance" -- sh -c '
  mkdir /results
  for round in 1 2 3 4; do
    for suite in core signal pipe futex poll semaphore socket; do /opt/tests/conformance $suite >/results/$suite 2>&1 & done
    wait
    cat /results/* | grep -v "^ok\|^[0-9]* tests, 0 failed"
    rm /results/*
    awk "/^MemFree/ { print \$2 }" /proc/meminfo
  done' </dev/null
has_status 0
mapfile -t free <"$work/out"
if [ "${#free[@]}" != 4 ]; then
  fail "something failed"
  show
  finish
fi
echo "free after each round, KiB: ${free[*]}"
# What is kept for reuse after the second is not more after the fourth.
[ "${free[3]}" -gt $((${free[1]} - 2048)) ] || fail "memory is missing"
finish
