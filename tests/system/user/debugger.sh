#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --gdb with a real gdb: the printed line, breakpoints by name, source lines.
. "$(dirname "$0")/../../support/check.sh"
command -v gdb >/dev/null || { echo "gdb is missing"; exit 77; }
builds=${GUEST_PROGRAMS%/tests/*}

# start BOOT: a machine that waits on a free port; leaves `machine` and `line`.
start() {
  local attempt
  for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 10000))
    : >"$work/machine-err"
    timeout -k 5 200 "$TESSERA" run --gdb-port "$port" --boot "$1" -- sh -c 'echo hello; exit 3' \
      </dev/null >"$work/machine-out" 2>"$work/machine-err" &
    machine=$!
    while kill -0 "$machine" 2>/dev/null && ! grep -q 'waits for a debugger: ' "$work/machine-err"; do sleep 0.1; done
    line=$(sed -n 's/^tessera: the machine waits for a debugger: //p' "$work/machine-err")
    [ -z "$line" ] || return 0
    wait "$machine"
    grep -q 'is in use' "$work/machine-err" || break
  done
  fail "the machine did not wait: $(cat "$work/machine-err")"
  return 1
}

# gdb_session COMMAND...: the printed line with commands behind it. QEMU may need a
# moment until it listens; gdb asks again for as long as its time-out says.
gdb_session() {
  local words command
  eval "words=($line)"
  words=("${words[0]}" -nx -batch -ex "set tcp connect-timeout 60" "${words[@]:1}")
  for command; do words+=(-ex "$command"); done
  run "${words[@]}"
  has_status 0
}

# ends: the machine went on to the end of its program.
ends() {
  wait "$machine"
  status=$?
  cp "$work/machine-out" "$work/out"
  cp "$work/machine-err" "$work/err"
  has_status 3
  has_output hello
  one_error_line
}

for boot in pvh bios; do
  note "$boot: a breakpoint in the nucleus"
  start "$boot" || finish
  gdb_session 'hbreak tessera::nucleus::start_genesis' continue 'list start_genesis' delete continue
  output_like '^(Thread [0-9]+ hit )?Breakpoint 1, tessera::nucleus::start_genesis \(.*kernel/boot/genesis\.cpp:[0-9]+'
  output_like '^[0-9]+.*start_genesis\('
  ends
done

note "breakpoints in genesis and in the Linux personality"
start pvh || finish
gdb_session "add-symbol-file $builds/components/genesis/genesis.elf" 'hbreak tessera::genesis::begin_life' continue backtrace \
  delete symbol-file "add-symbol-file $builds/components/linux/linux.elf" 'hbreak tessera::lx::sys_write' continue \
  backtrace delete continue
output_like '^(Thread [0-9]+ hit )?Breakpoint 1, tessera::genesis::begin_life .*components/genesis/[a-z_/]*\.cpp:[0-9]+'
output_like '^(Thread [0-9]+ hit )?Breakpoint 2, tessera::lx::sys_write .*components/linux/[a-z_/]*\.cpp:[0-9]+'
output_like '^#1 .*tessera::lx::'
ends

note "a port in use"
start pvh || finish
tessera run --gdb-port "$port" -- true </dev/null
has_status 125
one_error_line
errors_like "port $port is in use"
kill "$machine"
wait "$machine"

note "no port"
for word in 0 65536 x ''; do
  tessera run --gdb-port "$word" -- true </dev/null
  has_status 125
  one_error_line
done

finish
