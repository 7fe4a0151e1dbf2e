#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Eight cores, and everything at once: fork, exec, mmap, munmap, threads, signals, pipes and
# sockets in a Linux container; revocation and the end of namespaces with threads at work in
# the storm beside it. When it is over all memory is there again. TESSERA_STRESS_S: for how
# many seconds, 5 unless told.
. "$(dirname "$0")/../../support/check.sh"
seconds=${TESSERA_STRESS_S:-5}
limit=$((seconds * 2 + 240))
unset TESSERA_CPUS

sed "s/CALLS/$((seconds * 6000))/; s/SEED/${TESSERA_SEED:-1}/" "$(dirname "$0")/stress.toml" >"$work/stress.toml"
note "$seconds s on eight cores, seed ${TESSERA_SEED:-1}"
tessera run --cpus 8 --memory 512M --timeout $((limit - 10)) --log "$work/log" --system "$work/stress.toml" \
  --add "$GUEST_PROGRAMS/conformance:/opt/tests/conformance" -- sh -c '
  mkdir /results
  end=$(($(date +%s) + $1))
  round=0
  while [ $round -lt 3 ] || [ $(date +%s) -lt $end ]; do
    for suite in core signal pipe futex poll mapping thread semaphore socket; do /opt/tests/conformance $suite >/results/$suite 2>&1 & done
    (i=0; while [ $i -lt 60 ]; do sh -c "exec true"; i=$((i + 1)); done) &
    wait
    cat /results/* | grep -v "^ok\|^[0-9]* tests, 0 failed"
    rm /results/*
    awk "/^MemFree/ { free = \$2 } /^Slab/ { slab = \$2 } /^SUnreclaim/ { print free + slab, \$2 }" /proc/meminfo
    round=$((round + 1))
  done' sh "$seconds" </dev/null
has_status 0
has_no_errors
if grep -qvE '^[0-9]+ [0-9]+$' "$work/out"; then
  fail "something failed"
  show
fi
# Memory that is free or the heap's, and what of the heap is in use: after the last round as after the second, but for the
# table of process numbers, which has its whole 1 MiB when all have been used once.
mapfile -t rounds < <(grep -E '^[0-9]+ [0-9]+$' "$work/out")
read -r free objects <<<"${rounds[1]:-0 0}"
read -r last_free last_objects <<<"${rounds[-1]:-0 0}"
echo "free or the heap's after the second of ${#rounds[@]} rounds $free KiB, $objects KiB in use there; after the last $last_free, $last_objects"
[ "$last_free" -gt $((free - 256)) ] || fail "frames are missing: ${rounds[*]}"
[ "$last_objects" -lt $((objects + 1024 + 256)) ] || fail "the heap's objects grow: ${rounds[*]}"

note "the storm"
grep -E 'storm: seed|genesis' "$work/log" | tail -4
grep -qE 'storm: seed [0-9]+: [0-9]+ calls in [0-9]+ rounds' "$work/log" || fail "it did not get on"
if grep -E '(storm|witness): (failed|given up|crash)|nucleus:.*panic' "$work/log"; then fail "it broke"; fi
finish
