#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a crash leaves: lines in the log, and with --core a file that gdb opens.
. "$(dirname "$0")/../../support/check.sh"

cat >"$work/crash.c" <<'P'
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
static volatile int table[4] = {11, 22, 33, 44};
static pthread_barrier_t barrier;
static void *sit(void *none) { pthread_barrier_wait(&barrier); for (;;) pthread_yield_or_sleep(none); return none; }
__attribute__((noinline)) static int deepest(volatile int *where) { return *where = table[2]; }
__attribute__((noinline)) static int middle(int n) { return deepest((int *)(long)n) + 1; }
int main(void) {
  pthread_t thread;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&thread, NULL, sit, NULL);
  pthread_barrier_wait(&barrier);
  return middle(16);
}
P
sed -i 's/pthread_yield_or_sleep(none)/sleep_on()/; s/^static pthread_barrier_t/#include <unistd.h>\nstatic void sleep_on(void) { pause(); }\n&/' "$work/crash.c"
${CC:-cc} -g -O1 -static -o "$work/crash" "$work/crash.c" -pthread || exit 1

note "without --core: the log only"
tessera run --timeout 60 --log "$work/log" --add "$work/crash:/bin/crash" -- sh -c 'ulimit -c unlimited; crash; echo $?' </dev/null
has_status 0
has_output 139
grep -qE ': crash: crash pid [0-9]+ thread [0-9]+: SIGSEGV si_code 1 address 0x10.?$' "$work/log" || { fail "no report in the log"; tail -4 "$work/log"; }
grep -qE ': crash: at 0x[0-9a-f]+ in /usr/bin/crash \+ 0x[0-9a-f]+, stack at 0x' "$work/log" || fail "the report does not say where"

note "with --core: a file"
tessera run --timeout 60 --core "$work/cores" --add "$work/crash:/bin/crash" -- sh -c 'ulimit -c; crash; echo $?; ulimit -c 0; crash' </dev/null
has_status 139
has_output $'unlimited\n139'
errors_like "core dumped"
set -- "$work"/cores/core.crash.*
[ $# = 1 ] && [ -f "$1" ] || fail "not one core file but: $*"
core=$1

note "its notes"
if command -v readelf >/dev/null; then
  run readelf -n "$core"
  for kind in NT_PRSTATUS NT_PRPSINFO NT_SIGINFO NT_AUXV NT_FILE NT_FPREGSET NT_X86_XSTATE; do
    grep -q "$kind" "$work/out" || fail "no note $kind"
  done
  [ "$(grep -c NT_PRSTATUS "$work/out")" = 2 ] || fail "not two threads"
  grep -aq /usr/bin/crash "$core" || fail "NT_FILE does not name the program"
  run readelf -hl "$core"
  output_like 'CORE \(Core file\)'
fi

note "in gdb"
if command -v gdb >/dev/null; then
  run gdb -nx -batch -ex bt -ex 'print table' -ex 'print $_siginfo._sifields._sigfault.si_addr' -ex 'info threads' \
    -ex 'thread 2' -ex 'info registers rip' -ex 'info registers mxcsr' "$work/crash" "$core" </dev/null
  output_like 'Program terminated with signal SIGSEGV'
  output_like '^#0 .*deepest'
  output_like '^#[12] .*main'
  output_like '= \{11, 22, 33, 44\}'
  output_like 'si_addr|= \(void \*\) 0x10'
  output_like '^ *2 .*LWP'
  output_like 'mxcsr +0x1f80'
  output_like '^rip .*(pause|syscall|pthread_barrier_wait)'
fi

note "many at a time"
tessera run --timeout 60 --core "$work/many" --add "$work/crash:/bin/crash" -- sh -c 'for i in 1 2 3 4; do crash & done; wait' </dev/null
has_status 0
count=$(find "$work/many" -name 'core.crash.*' -size +8k | wc -l)
[ "$count" = 4 ] || fail "$count core files of 4"

note "a size limit"
tessera run --timeout 60 --core "$work/small" --add "$work/crash:/bin/crash" -- sh -c 'ulimit -c 16; crash' </dev/null
[ "$(stat -c %s "$work"/small/core.crash.*)" = 8192 ] || fail "not the 16 blocks of 512 bytes that were allowed"
finish
