// SPDX-License-Identifier: Apache-2.0
// Waiting for several files: poll, select, epoll, eventfd.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static void poll_states(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  struct pollfd waits[3] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {-1, POLLIN, 99}};
  CHECK(poll(waits, 3, 0) == 1 && waits[0].revents == 0 && waits[1].revents == POLLOUT && waits[2].revents == 0);
  CHECK(write(ends[1], "x", 1) == 1 && poll(waits, 1, -1) == 1 && waits[0].revents == POLLIN);
  close(ends[1]);
  CHECK(poll(waits, 1, 0) == 1 && waits[0].revents == (POLLIN | POLLHUP));
  char byte;
  CHECK(read(ends[0], &byte, 1) == 1 && poll(waits, 1, 0) == 1 && waits[0].revents == POLLHUP);
  struct pollfd wrong = {500, POLLIN, 0};
  CHECK(poll(&wrong, 1, 0) == 1 && wrong.revents == POLLNVAL);
  CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
  struct pollfd broken = {ends[1], POLLOUT, 0};
  CHECK(poll(&broken, 1, 0) == 1 && (broken.revents & POLLERR));
  const int file = open("/etc/passwd", O_RDONLY);
  struct pollfd regular = {file, POLLIN | POLLOUT, 0};
  CHECK(poll(&regular, 1, 0) == 1 && regular.revents == (POLLIN | POLLOUT));
}

static void poll_time(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  struct pollfd wait = {ends[0], POLLIN, 0};
  const long long start = now_us();
  CHECK(poll(&wait, 1, 40) == 0 && now_us() - start >= 39000);
  if (fork() == 0) {
    sleep_ms(50);
    CHECK(write(ends[1], "x", 1) == 1);
    _exit(0);
  }
  CHECK(poll(&wait, 1, 10000) == 1 && now_us() - start < 9000000);
  CHECK(poll(NULL, 0, 10) == 0);
}

static void select_sets(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  fd_set reading, writing;
  FD_ZERO(&reading);
  FD_ZERO(&writing);
  FD_SET(ends[0], &reading);
  FD_SET(ends[1], &writing);
  struct timeval time = {0, 0};
  CHECK(select(ends[1] + 1, &reading, &writing, NULL, &time) == 1 && !FD_ISSET(ends[0], &reading) && FD_ISSET(ends[1], &writing));
  FD_SET(ends[0], &reading);
  time.tv_usec = 30000;
  CHECK(select(ends[0] + 1, &reading, NULL, NULL, &time) == 0);
  CHECK(write(ends[1], "x", 1) == 1);
  FD_SET(ends[0], &reading);
  CHECK(select(ends[0] + 1, &reading, NULL, NULL, NULL) == 1);
  FD_ZERO(&reading);
  FD_SET(50, &reading);
  CHECK_ERRNO(EBADF, select(51, &reading, NULL, NULL, &time));
  CHECK_ERRNO(EINVAL, select(-1, NULL, NULL, NULL, &time));
}

static volatile sig_atomic_t count;
static void note(int signal) { (void)signal, ++count; }

static void mask_while_waiting(void) {
  signal(SIGUSR1, note);
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
  raise(SIGUSR1);
  const struct timespec time = {5, 0};
  CHECK_ERRNO(EINTR, ppoll(NULL, 0, &time, &none));
  CHECK(count == 1);
  raise(SIGUSR1);
  CHECK_ERRNO(EINTR, pselect(0, NULL, NULL, NULL, &time, &none));
  CHECK(count == 2);
}

static void epoll_levels(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const int set = epoll_create1(EPOLL_CLOEXEC);
  SKIP_UNLESS_THERE(set);
  CHECK(set >= 0);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 42}, got[4];
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0);
  CHECK_ERRNO(EEXIST, epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
  CHECK(epoll_wait(set, got, 4, 0) == 0 && write(ends[1], "xy", 2) == 2);
  CHECK(epoll_wait(set, got, 4, -1) == 1 && got[0].data.u64 == 42 && got[0].events == EPOLLIN && epoll_wait(set, got, 4, 0) == 1);
  event.events = EPOLLIN | EPOLLET;
  CHECK(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event) == 0 && epoll_wait(set, got, 4, 0) == 1 && epoll_wait(set, got, 4, 0) == 0);
  CHECK(write(ends[1], "z", 1) == 1 && epoll_wait(set, got, 4, 0) == 1);
  event.events = EPOLLIN | EPOLLONESHOT;
  CHECK(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event) == 0 && epoll_wait(set, got, 4, 0) == 1 && epoll_wait(set, got, 4, 0) == 0);
  CHECK(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL) == 0);
  CHECK_ERRNO(ENOENT, epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL));
  CHECK_ERRNO(EPERM, epoll_ctl(set, EPOLL_CTL_ADD, open("/etc/passwd", O_RDONLY), &event));
  CHECK_ERRNO(EINVAL, epoll_wait(set, got, 0, 0));
  struct pollfd nested = {set, POLLIN, 0};
  event.events = EPOLLIN;
  CHECK(poll(&nested, 1, 0) == 0 && epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0 && poll(&nested, 1, 0) == 1);
}

static void epoll_closed(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const int set = epoll_create1(0);
  SKIP_UNLESS_THERE(set);
  struct epoll_event event = {.events = EPOLLIN}, got;
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0 && close(ends[1]) == 0);
  CHECK(epoll_wait(set, &got, 1, 0) == 1 && (got.events & EPOLLHUP) && close(ends[0]) == 0 && epoll_wait(set, &got, 1, 0) == 0);
}

// One-shot, exclusive and bad arguments.
static void epoll_rules(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const int set = epoll_create1(0), other = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 1}, got[4];
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0 && write(ends[1], "x", 1) == 1);
  CHECK(epoll_wait(set, got, 4, -1) == 1 && write(ends[1], "x", 1) == 1 && epoll_wait(set, got, 4, 0) == 0);
  event.data.u64 = 2;
  CHECK(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event) == 0 && epoll_wait(set, got, 4, 0) == 1 && got[0].data.u64 == 2);
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  CHECK_ERRNO(EINVAL, epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event));
  CHECK(epoll_ctl(other, EPOLL_CTL_ADD, ends[0], &event) == 0 && epoll_wait(other, got, 4, 0) == 1);
  event.events = EPOLLIN;
  CHECK_ERRNO(EINVAL, epoll_ctl(other, EPOLL_CTL_MOD, ends[0], &event));
  event.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
  CHECK_ERRNO(EINVAL, epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &event));
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  CHECK_ERRNO(EINVAL, epoll_ctl(set, EPOLL_CTL_ADD, other, &event));
  CHECK_ERRNO(EINVAL, epoll_ctl(set, EPOLL_CTL_ADD, set, &event));
  CHECK_ERRNO(EINVAL, epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event));
  CHECK_ERRNO(EBADF, epoll_ctl(set, EPOLL_CTL_ADD, 500, &event));
  CHECK_ERRNO(EBADF, epoll_ctl(500, EPOLL_CTL_ADD, ends[1], &event));
  CHECK_ERRNO(EFAULT, epoll_ctl(set, EPOLL_CTL_ADD, ends[1], (struct epoll_event *)8));
  CHECK_ERRNO(EINVAL, epoll_ctl(set, 9, ends[1], &event));
  CHECK_ERRNO(ENOENT, epoll_ctl(set, EPOLL_CTL_MOD, ends[1], &(struct epoll_event){.events = EPOLLIN}));
  CHECK_ERRNO(EPERM, epoll_ctl(set, EPOLL_CTL_ADD, open(".", O_RDONLY), &event));
  CHECK_ERRNO(EPERM, epoll_ctl(set, EPOLL_CTL_ADD, open("/dev/null", O_RDONLY), &event));
  CHECK_ERRNO(EINVAL, epoll_wait(ends[0], got, 4, 0));
  CHECK_ERRNO(EBADF, epoll_wait(500, got, 4, 0));
  CHECK_ERRNO(EINVAL, epoll_create1(1));
  CHECK_ERRNO(EINVAL, read(set, got, sizeof(got)));
}

// Sets in sets, and no circles.
static void epoll_nested(void) {
  int ends[2], sets[7];
  CHECK(pipe(ends) == 0);
  for (int i = 0; i < 7; ++i) sets[i] = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7}, got;
  CHECK(epoll_ctl(sets[0], EPOLL_CTL_ADD, ends[0], &event) == 0);
  for (int i = 1; i < 5; ++i) CHECK(epoll_ctl(sets[i], EPOLL_CTL_ADD, sets[i - 1], &event) == 0);
  CHECK_ERRNO(ELOOP, epoll_ctl(sets[0], EPOLL_CTL_ADD, sets[4], &event));
  CHECK_ERRNO(ELOOP, epoll_ctl(sets[0], EPOLL_CTL_ADD, sets[1], &event));
  CHECK(epoll_wait(sets[4], &got, 1, 0) == 0 && write(ends[1], "x", 1) == 1 && epoll_wait(sets[4], &got, 1, -1) == 1);
  char byte;
  CHECK(got.data.u64 == 7 && read(ends[0], &byte, 1) == 1 && epoll_wait(sets[4], &got, 1, 0) == 0);
  const pid_t child = fork();
  if (child == 0) {
    sleep_ms(30);
    CHECK(write(ends[1], "y", 1) == 1);
    _exit(0);
  }
  // The child has the sets as well: not closed before it is gone.
  CHECK(epoll_wait(sets[4], &got, 1, 10000) == 1 && waitpid(child, NULL, 0) == child);
  CHECK(close(sets[2]) == 0 && epoll_wait(sets[4], &got, 1, 0) == 0);
}

// The set watches the open file, whatever descriptors it has.
static void epoll_duplicates(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const int set = epoll_create1(0), copy = dup(ends[0]);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1}, got[4];
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0);
  event.data.u64 = 2;
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, copy, &event) == 0 && write(ends[1], "x", 1) == 1);
  CHECK(epoll_wait(set, got, 4, 0) == 2 && got[0].data.u64 + got[1].data.u64 == 3);
  CHECK(close(ends[0]) == 0 && epoll_wait(set, got, 4, 0) == 2 && close(copy) == 0 && epoll_wait(set, got, 4, 0) == 0);
}

// All that are ready get their turn, however few are asked for.
static void epoll_turns(void) {
  enum { kFiles = 200 };
  const int set = epoll_create1(0);
  int seen[kFiles] = {0};
  for (int i = 0; i < kFiles; ++i) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)i};
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, eventfd(1, 0), &event) == 0);
  }
  for (int i = 0; i < kFiles; i += 8) {
    struct epoll_event got[8];
    CHECK(epoll_wait(set, got, 8, 0) == 8);
    for (int at = 0; at < 8; ++at) CHECK(seen[got[at].data.u64]++ == 0);
  }
}

static void interrupted_by(int signal) { (void)signal; }

static void epoll_signals(void) {
  const int set = epoll_create1(0);
  struct epoll_event got;
  const struct sigaction action = {.sa_handler = interrupted_by, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    CHECK(wait_for_state(parent, 'S') && kill(parent, SIGUSR1) == 0);
    _exit(0);
  }
  CHECK_ERRNO(EINTR, epoll_wait(set, &got, 1, -1));
  CHECK(waitpid(child, NULL, 0) == child);
  sigset_t none, usr1;
  sigemptyset(&none);
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  CHECK(sigprocmask(SIG_BLOCK, &usr1, NULL) == 0 && raise(SIGUSR1) == 0 && epoll_wait(set, &got, 1, 0) == 0);
  CHECK_ERRNO(EINTR, epoll_pwait(set, &got, 1, 10000, &none));
  const long long start = now_us();
  CHECK(epoll_wait(set, &got, 1, 30) == 0 && now_us() - start >= 29000);
}

static void event_counter(void) {
  const int file = eventfd(3, EFD_NONBLOCK);
  SKIP_UNLESS_THERE(file);
  uint64_t value;
  CHECK(file >= 0 && read(file, &value, 8) == 8 && value == 3);
  CHECK_ERRNO(EAGAIN, read(file, &value, 8));
  value = 5;
  CHECK(write(file, &value, 8) == 8 && write(file, &value, 8) == 8 && read(file, &value, 8) == 8 && value == 10);
  value = UINT64_MAX;
  CHECK_ERRNO(EINVAL, write(file, &value, 8));
  CHECK_ERRNO(EINVAL, read(file, &value, 4));
  const int semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  CHECK(read(semaphore, &value, 8) == 8 && value == 1 && read(semaphore, &value, 8) == 8);
  CHECK_ERRNO(EAGAIN, read(semaphore, &value, 8));
}

static const struct test tests[] = {
    {"poll_states", poll_states}, {"poll_time", poll_time}, {"select_sets", select_sets},
    {"mask_while_waiting", mask_while_waiting}, {"epoll_levels", epoll_levels}, {"epoll_closed", epoll_closed},
    {"epoll_rules", epoll_rules}, {"epoll_nested", epoll_nested}, {"epoll_duplicates", epoll_duplicates},
    {"epoll_turns", epoll_turns}, {"epoll_signals", epoll_signals},
    {"event_counter", event_counter},
};
SUITE(poll_suite, "poll", tests);
