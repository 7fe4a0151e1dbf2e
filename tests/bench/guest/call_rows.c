// SPDX-License-Identifier: Apache-2.0
// The cheapest calls: what it costs to enter the system at all.
#include "measure.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int zero_file, null_file;
static volatile unsigned signals;

static void run_getpid(unsigned count) {
  while (count-- != 0) call3(SYS_getpid, 0, 0, 0);
}

static void run_clock_vdso(unsigned count) {
  struct timespec time;
  while (count-- != 0) clock_gettime(CLOCK_MONOTONIC, &time);
}

static void run_clock_call(unsigned count) {
  struct timespec time;
  while (count-- != 0) call3(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0);
}

static void open_zero(void) { require((zero_file = open("/dev/zero", O_RDONLY)) >= 0, "/dev/zero"); }
static void close_zero(void) { close(zero_file); }
static void run_read_zero(unsigned count) {
  char byte;
  while (count-- != 0) require(call3(SYS_read, zero_file, (long)&byte, 1) == 1, "read");
}

static void open_null(void) { require((null_file = open("/dev/null", O_WRONLY)) >= 0, "/dev/null"); }
static void close_null(void) { close(null_file); }
static void run_write_null(unsigned count) {
  char byte = 0;
  while (count-- != 0) require(call3(SYS_write, null_file, (long)&byte, 1) == 1, "write");
}

static void on_signal(int number) {
  (void)number;
  ++signals;
}
static void set_handler(void) {
  struct sigaction action = {.sa_handler = on_signal};
  require(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
}
static void run_signal(unsigned count) {
  const long self = getpid();
  const unsigned before = signals;
  for (unsigned at = 0; at < count; ++at) call3(SYS_kill, self, SIGUSR1, 0);
  require(signals - before == count, "signals arrived");
}

static const struct row rows[] = {
    {"null-call", 200, 5000, NULL, run_getpid, NULL},
    {"clock-vdso", 200, 5000, NULL, run_clock_vdso, NULL},
    {"clock-call", 200, 5000, NULL, run_clock_call, NULL},
    {"read-zero-1", 200, 5000, open_zero, run_read_zero, close_zero},
    {"write-null-1", 200, 5000, open_null, run_write_null, close_null},
    {"signal-self", 50, 1000, set_handler, run_signal, NULL},
};
ROWS(call_rows, rows);
