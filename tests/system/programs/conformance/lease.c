// SPDX-License-Identifier: Apache-2.0
// Leases: who may have one, and how others wait for its end.
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

enum { kSetLease = 1024, kGetLease = 1025, kSetSignal = 10, kClose = -1 };
static int set_lease(int file, int kind) { return fcntl(file, kSetLease, kind); }
static int lease_of(int file) { return fcntl(file, kGetLease); }

static sigset_t watched;
static void block(void) {
  sigemptyset(&watched);
  sigaddset(&watched, SIGIO);
  sigaddset(&watched, SIGUSR1);
  CHECK(sigprocmask(SIG_BLOCK, &watched, NULL) == 0);
}
static int next(siginfo_t *info, long ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  const int number = sigtimedwait(&watched, info, &time);
  return number < 0 ? 0 : number;
}
static int open_file(int flags) {
  const int file = open("f", flags, 0644);
  CHECK(file >= 0);
  return file;
}
static void ended_well(pid_t child) {
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static void having_one(void) {
  make_file("f", "text");
  const int reading = open_file(O_RDONLY);
  CHECK(lease_of(reading) == F_UNLCK);
  CHECK_ERRNO(EAGAIN, set_lease(reading, F_UNLCK));
  CHECK_ERRNO(EINVAL, set_lease(reading, 9));
  CHECK(set_lease(reading, F_RDLCK) == 0 && lease_of(reading) == F_RDLCK && set_lease(reading, F_WRLCK) == 0 && lease_of(reading) == F_WRLCK);
  CHECK(set_lease(reading, F_RDLCK) == 0);
  const int second = open_file(O_RDONLY);
  CHECK(set_lease(second, F_RDLCK) == 0 && lease_of(second) == F_RDLCK);
  CHECK_ERRNO(EAGAIN, set_lease(second, F_WRLCK));
  CHECK(set_lease(second, F_UNLCK) == 0 && lease_of(second) == F_UNLCK && lease_of(reading) == F_RDLCK);
  CHECK_ERRNO(EAGAIN, set_lease(reading, F_WRLCK));  // somebody else has it open
  CHECK(close(second) == 0 && set_lease(reading, F_WRLCK) == 0 && close(reading) == 0);
  const int writing = open_file(O_RDWR);
  CHECK_ERRNO(EAGAIN, set_lease(writing, F_RDLCK));
  CHECK(set_lease(writing, F_WRLCK) == 0);
  CHECK_ERRNO(EINVAL, set_lease(open(".", O_RDONLY), F_RDLCK));
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK_ERRNO(EINVAL, set_lease(ends[0], F_RDLCK));
}

static void whose(void) {
  make_file("f", "text");
  CHECK(chmod(".", 0777) == 0 && chmod("f", 0666) == 0 && setresuid(65534, 65534, 65534) == 0);
  CHECK_ERRNO(EACCES, set_lease(open_file(O_RDONLY), F_RDLCK));
}

static void not_waited_for(void) {
  block();
  siginfo_t info;
  make_file("f", "text");
  const int reading = open_file(O_RDONLY);
  CHECK(set_lease(reading, F_RDLCK) == 0);
  CHECK(close(open_file(O_RDONLY | O_NONBLOCK)) == 0 && next(&info, 20) == 0);
  CHECK_ERRNO(EWOULDBLOCK, open("f", O_WRONLY | O_NONBLOCK));
  CHECK(next(&info, 1000) == SIGIO && lease_of(reading) == F_UNLCK);
  CHECK_ERRNO(EWOULDBLOCK, open("f", O_WRONLY | O_NONBLOCK));
  CHECK(next(&info, 20) == 0);  // told once
  CHECK(set_lease(reading, F_UNLCK) == 0 && close(open_file(O_WRONLY | O_NONBLOCK)) == 0);
  // A reader lowers a write lease.
  CHECK(fcntl(reading, kSetSignal, SIGUSR1) == 0 && set_lease(reading, F_WRLCK) == 0);
  CHECK_ERRNO(EWOULDBLOCK, open("f", O_RDONLY | O_NONBLOCK));
  CHECK(next(&info, 1000) == SIGUSR1 && info.si_code == POLL_MSG && info.si_fd == reading && lease_of(reading) == F_RDLCK);
  CHECK(set_lease(reading, F_RDLCK) == 0 && close(open_file(O_RDONLY | O_NONBLOCK)) == 0);
}

// In another process: the call goes on when the holder has answered.
static void waits_for(int flags, int answer) {
  siginfo_t info;
  make_file("f", "text");
  const int reading = open_file(O_RDONLY);
  CHECK(set_lease(reading, F_WRLCK) == 0);
  const pid_t child = fork();
  if (child == 0) {
    close(reading);
    _exit(flags == O_TRUNC ? truncate("f", 1) != 0 : open("f", flags) < 0);
  }
  CHECK(next(&info, 5000) == SIGIO && wait_for_state(child, 'S'));
  if (answer == kClose) CHECK(close(reading) == 0);
  else CHECK(set_lease(reading, answer) == 0);
  ended_well(child);
  if (answer != kClose) CHECK(close(reading) == 0);
}
static void waited_for(void) {
  block();
  waits_for(O_WRONLY, F_UNLCK);
  waits_for(O_WRONLY, kClose);
  waits_for(O_RDONLY, F_UNLCK);
  waits_for(O_RDONLY, F_RDLCK);
  waits_for(O_TRUNC, F_UNLCK);
}

static void nothing(int number) { (void)number; }
static void interrupted(void) {
  block();
  make_file("f", "text");
  const int reading = open_file(O_RDONLY);
  CHECK(set_lease(reading, F_RDLCK) == 0);
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = nothing;
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  alarm(1);
  CHECK_ERRNO(EINTR, open("f", O_WRONLY));
}

static const struct test tests[] = {
    {"having_one", having_one}, {"whose", whose}, {"not_waited_for", not_waited_for}, {"waited_for", waited_for}, {"interrupted", interrupted},
};
SUITE(lease_suite, "lease", tests);
