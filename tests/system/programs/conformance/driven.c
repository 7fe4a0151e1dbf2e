// SPDX-License-Identifier: Apache-2.0
// Signal-driven input and output: whom an open file tells, of what, by which signal.
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

enum { kOwnerThread, kOwnerProcess, kOwnerGroup };
struct named_owner {
  int kind;
  pid_t number;
};
static int set_named(int file, int kind, pid_t number) {
  const struct named_owner owner = {kind, number};
  return fcntl(file, 15, &owner);
}
static int get_named(int file, struct named_owner *owner) { return fcntl(file, 16, owner); }
// musl's own F_GETOWN goes through F_GETOWN_EX: a group's small number looks like an error.
static long own_of(int file) {
  const long owner = syscall(SYS_fcntl, file, F_GETOWN, 0);
  return owner == -1 ? -errno : owner;
}

static sigset_t watched;
static void block(void) {
  sigemptyset(&watched);
  sigaddset(&watched, SIGIO);
  sigaddset(&watched, SIGUSR1);
  sigaddset(&watched, SIGRTMIN + 3);
  CHECK(sigprocmask(SIG_BLOCK, &watched, NULL) == 0);
}
// The next signal within a time; 0: none.
static int next(siginfo_t *info, long ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  memset(info, 0, sizeof(*info));
  const int number = sigtimedwait(&watched, info, &time);
  return number < 0 ? 0 : number;
}
static int nothing_more(void) {
  siginfo_t info;
  return next(&info, 20) == 0;
}
static void drain(void) {
  siginfo_t info;
  while (next(&info, 0) != 0) {
  }
}
static void drive(int file) {
  CHECK(fcntl(file, F_SETOWN, getpid()) == 0 && fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_ASYNC) == 0 && (fcntl(file, F_GETFL) & O_ASYNC) != 0);
}

static void owners(void) {
  int ends[2];
  struct named_owner owner;
  CHECK(pipe(ends) == 0 && own_of(ends[0]) == 0);
  CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0 && own_of(ends[0]) == getpid());
  CHECK(get_named(ends[0], &owner) == 0 && owner.kind == kOwnerProcess && owner.number == getpid());
  CHECK(fcntl(ends[0], F_SETOWN, -getpgrp()) == 0 && own_of(ends[0]) == -getpgrp());
  CHECK(get_named(ends[0], &owner) == 0 && owner.kind == kOwnerGroup && owner.number == getpgrp());
  CHECK(set_named(ends[0], kOwnerThread, (pid_t)syscall(SYS_gettid)) == 0 && own_of(ends[0]) == getpid());
  CHECK(get_named(ends[0], &owner) == 0 && owner.kind == kOwnerThread);
  CHECK_ERRNO(EINVAL, set_named(ends[0], 3, getpid()));
  CHECK_ERRNO(EINVAL, set_named(ends[0], -1, getpid()));
  CHECK_ERRNO(ESRCH, set_named(ends[0], kOwnerProcess, 99999));
  CHECK_ERRNO(ESRCH, fcntl(ends[0], F_SETOWN, 99999));
  CHECK_ERRNO(EINVAL, fcntl(ends[0], F_SETOWN, INT_MIN));
  CHECK_ERRNO(EFAULT, fcntl(ends[0], 15, (void *)8));
  CHECK(own_of(ends[0]) == getpid() && fcntl(ends[0], F_SETOWN, 0) == 0 && own_of(ends[0]) == 0);
  CHECK(fcntl(ends[0], 11) == 0 && fcntl(ends[0], 10, SIGUSR1) == 0 && fcntl(ends[0], 11) == SIGUSR1);
  CHECK_ERRNO(EINVAL, fcntl(ends[0], 10, 65));
  CHECK_ERRNO(EINVAL, fcntl(ends[0], 10, -1));
  // Shared with whom shares the open file, and gone with the process.
  const int twin = dup(ends[0]);
  const pid_t child = fork();
  if (child == 0) _exit(fcntl(twin, F_SETOWN, getpid()) == 0 ? 0 : 1);
  CHECK(wait_for_state(child, 'Z') && own_of(ends[0]) == child);
  CHECK(waitpid(child, NULL, 0) == child && own_of(ends[0]) == 0);
  int pair[2], number = 0;
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  number = getpid();
  CHECK(ioctl(pair[0], 0x8902 /* SIOCSPGRP */, &number) == 0);
  number = 0;
  CHECK(ioctl(pair[0], 0x8904 /* SIOCGPGRP */, &number) == 0 && number == getpid() && own_of(pair[0]) == getpid());
}

static void pipe_arrivals(void) {
  block();
  int ends[2];
  siginfo_t info;
  CHECK(pipe(ends) == 0);
  CHECK(write(ends[1], "a", 1) == 1 && nothing_more());
  drive(ends[0]);
  CHECK(nothing_more());  // what is there already is not told
  CHECK(write(ends[1], "b", 1) == 1 && next(&info, 1000) == SIGIO && info.si_code == SI_KERNEL);
  char bytes[8];
  CHECK(read(ends[0], bytes, 8) == 2 && nothing_more());
  CHECK(fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) & ~O_ASYNC) == 0 && (fcntl(ends[0], F_GETFL) & O_ASYNC) == 0);
  CHECK(write(ends[1], "c", 1) == 1 && nothing_more());
  int on = 1;
  CHECK(ioctl(ends[0], FIOASYNC, &on) == 0 && (fcntl(ends[0], F_GETFL) & O_ASYNC) != 0);
  CHECK(close(ends[1]) == 0 && next(&info, 1000) == SIGIO);
}

static void chosen_signal(void) {
  block();
  int ends[2];
  siginfo_t info;
  CHECK(pipe(ends) == 0 && fcntl(ends[0], 10, SIGRTMIN + 3) == 0);
  drive(ends[0]);
  CHECK(write(ends[1], "a", 1) == 1 && next(&info, 1000) == SIGRTMIN + 3);
  CHECK(info.si_code == POLL_IN && info.si_fd == ends[0] && info.si_band == (POLLIN | POLLRDNORM));
  CHECK(write(ends[1], "b", 1) == 1 && next(&info, 1000) == SIGRTMIN + 3 && info.si_code == POLL_IN);
  // Each write is told; a queue keeps them all.
  for (int at = 0; at < 5; ++at) CHECK(write(ends[1], "c", 1) == 1);
  for (int at = 0; at < 5; ++at) CHECK(next(&info, 1000) == SIGRTMIN + 3);
  CHECK(nothing_more());
}

static void room_in_a_pipe(void) {
  block();
  int ends[2];
  siginfo_t info;
  static char bytes[65536];
  CHECK(pipe(ends) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 && fcntl(ends[1], 10, SIGUSR1) == 0);
  drive(ends[1]);
  CHECK(write(ends[1], bytes, sizeof(bytes)) == sizeof(bytes));
  CHECK_ERRNO(EAGAIN, write(ends[1], bytes, 1));
  drain();
  CHECK(read(ends[0], bytes, sizeof(bytes)) == sizeof(bytes) && next(&info, 1000) == SIGUSR1 && info.si_code == POLL_OUT && info.si_fd == ends[1]);
}

static void socket_arrivals(void) {
  block();
  int pair[2];
  siginfo_t info;
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && fcntl(pair[0], 10, SIGUSR1) == 0);
  drive(pair[0]);
  CHECK(nothing_more() && write(pair[1], "x", 1) == 1);
  CHECK(next(&info, 1000) == SIGUSR1 && info.si_code == POLL_IN && info.si_fd == pair[0] && (info.si_band & POLLIN) != 0);
  drain();
  CHECK(close(pair[1]) == 0 && next(&info, 1000) == SIGUSR1);
}

static void listener(void) {
  block();
  siginfo_t info;
  struct sockaddr_un_ {
    unsigned short family;
    char path[108];
  } name = {AF_UNIX, "s"};
  const int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(server, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(server, 5) == 0);
  drive(server);
  CHECK(connect(client, (struct sockaddr *)&name, sizeof(name)) == 0 && next(&info, 1000) == SIGIO);
}

static void terminal_arrivals(void) {
  block();
  siginfo_t info;
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  CHECK(slave >= 0);
  drive(slave);
  CHECK(write(master, "line", 4) == 4 && nothing_more());  // not a line yet
  CHECK(write(master, "\n", 1) == 1 && next(&info, 1000) == SIGIO);
  drain();
  drive(master);
  CHECK(write(slave, "out", 3) == 3 && next(&info, 1000) == SIGIO);
}

static void group_and_thread(void) {
  block();
  int ends[2];
  siginfo_t info;
  CHECK(pipe(ends) == 0);
  int ready[2];
  CHECK(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (write(ready[1], "r", 1) != 1) _exit(1);
    _exit(next(&info, 5000) == SIGIO ? 0 : 2);
  }
  char byte;
  CHECK(read(ready[0], &byte, 1) == 1);
  drive(ends[0]);
  CHECK(fcntl(ends[0], F_SETOWN, -getpgrp()) == 0 && write(ends[1], "x", 1) == 1);
  int status;
  CHECK(next(&info, 1000) == SIGIO && waitpid(child, &status, 0) == child && ended_with(status, 0));
  CHECK(set_named(ends[0], kOwnerThread, (pid_t)syscall(SYS_gettid)) == 0 && write(ends[1], "y", 1) == 1 && next(&info, 1000) == SIGIO);
  // Nobody, or somebody who is not to be told: nothing happens.
  CHECK(fcntl(ends[0], F_SETOWN, 0) == 0 && write(ends[1], "z", 1) == 1 && nothing_more());
}

static void not_to_others(void) {
  block();
  int ends[2];
  siginfo_t info;
  CHECK(pipe(ends) == 0);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    if (setresuid(65534, 65534, 65534) != 0 || fcntl(ends[0], F_SETOWN, parent) != 0 || fcntl(ends[0], F_SETFL, O_ASYNC) != 0) _exit(1);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  CHECK(write(ends[1], "x", 1) == 1 && next(&info, 50) == 0);
}

static void without_meaning(void) {
  make_file("f", "x");
  const int file = open("f", O_RDWR);
  CHECK(fcntl(file, F_SETOWN, getpid()) == 0 && own_of(file) == getpid());
  CHECK(fcntl(file, F_SETFL, O_ASYNC) == 0 && (fcntl(file, F_GETFL) & O_ASYNC) == 0);
  int on = 1;
  CHECK_ERRNO(ENOTTY, ioctl(file, FIOASYNC, &on));
  on = 0;
  CHECK(ioctl(file, FIOASYNC, &on) == 0);
}

static const struct test tests[] = {
    {"owners", owners},
    {"pipe_arrivals", pipe_arrivals},
    {"chosen_signal", chosen_signal},
    {"room_in_a_pipe", room_in_a_pipe},
    {"socket_arrivals", socket_arrivals},
    {"listener", listener},
    {"terminal_arrivals", terminal_arrivals},
    {"group_and_thread", group_and_thread},
    {"not_to_others", not_to_others},
    {"without_meaning", without_meaning},
};
SUITE(driven_suite, "driven", tests);
