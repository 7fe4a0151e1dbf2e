// SPDX-License-Identifier: Apache-2.0
// fork, wait, exit statuses, vfork, user and group numbers, limits.
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "test.h"

static void exit_256(void) { _exit(256 + 5); }
static void exit_41(void) { _exit(41); }
static void kill_self(void) { kill(getpid(), SIGKILL); }
static void abort_self(void) { abort(); }

static void statuses(void) {
  CHECK(ended_with(child_status(exit_256), 5));
  CHECK(ended_with(child_status(exit_41), 41));
  CHECK(died_of(child_status(kill_self), SIGKILL));
  CHECK(died_of(child_status(abort_self), SIGABRT));
}

static void wait_options(void) {
  int status;
  CHECK_ERRNO(ECHILD, wait(&status));
  CHECK_ERRNO(ECHILD, waitpid(1, &status, 0));
  CHECK_ERRNO(EINVAL, waitpid(-1, &status, 0x40));
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    close(ends[1]);
    _exit(read(ends[0], &byte, 1) == 0 ? 3 : 4);
  }
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  CHECK(waitpid(-1, &status, WNOHANG) == 0);
  close(ends[1]);
  CHECK(waitpid(-1, &status, 0) == child && ended_with(status, 3));
  CHECK_ERRNO(ECHILD, waitpid(child, &status, WNOHANG));
}

static void waitid_leaves(void) {
  const pid_t child = fork();
  if (child == 0) _exit(9);
  siginfo_t info = {0};
  CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
  CHECK(info.si_pid == child && info.si_code == CLD_EXITED && info.si_status == 9 && info.si_signo == SIGCHLD);
  CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child);
  CHECK_ERRNO(ECHILD, waitid(P_ALL, 0, &info, WEXITED));
  CHECK_ERRNO(EINVAL, waitid(P_ALL, 0, &info, 0));
}

static void wait_by_group(void) {
  const pid_t one = fork();
  if (one == 0) {
    setpgid(0, 0);
    _exit(1);
  }
  setpgid(one, one);
  const pid_t two = fork();
  if (two == 0) _exit(2);
  int status;
  CHECK(waitpid(0, &status, 0) == two && ended_with(status, 2));
  CHECK_ERRNO(ECHILD, waitpid(0, &status, 0));
  CHECK(waitpid(-one, &status, 0) == one && ended_with(status, 1));
}

static void stopped_and_continued(void) {
  int status, ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    raise(SIGSTOP);
    // Lives on until its parent has seen that it goes on.
    close(ends[1]);
    CHECK(read(ends[0], &byte, 1) == 0);
    _exit(6);
  }
  CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  CHECK(waitpid(child, &status, WUNTRACED | WNOHANG) == 0);
  CHECK(kill(child, SIGCONT) == 0);
  CHECK(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
  close(ends[1]);
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 6));
}

static void kill_a_stopped_one(void) {
  int status;
  const pid_t child = fork();
  if (child == 0) {
    raise(SIGTSTP);
    _exit(0);
  }
  CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
  CHECK(kill(child, SIGTERM) == 0);  // stays pending
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  CHECK(kill(child, SIGKILL) == 0);
  CHECK(waitpid(child, &status, 0) == child && died_of(status, SIGKILL));
}

static void ignored_children(void) {
  signal(SIGCHLD, SIG_IGN);
  const pid_t child = fork();
  if (child == 0) _exit(1);
  int status;
  CHECK_ERRNO(ECHILD, waitpid(child, &status, 0));
}

static void memory_is_copied(void) {
  static int shared_later = 1;
  volatile int *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int local = 1;
  const pid_t child = fork();
  if (child == 0) {
    shared_later = local = 2;
    *mapped = 2;
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child);
  CHECK(shared_later == 1 && local == 1 && *mapped == 2);
}

static void copy_on_write_both_ways(void) {
  enum { kBytes = 4 << 20 };
  unsigned char *memory = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(memory, 1, kBytes);
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);  // the parent has written by now
    for (int at = 0; at < kBytes; at += 4096) CHECK(memory[at] == 1);
    memset(memory, 3, kBytes);
    _exit(0);
  }
  memset(memory, 2, kBytes);
  CHECK(write(ends[1], "x", 1) == 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  for (int at = 0; at < kBytes; at += 4096) CHECK(memory[at] == 2);
}

static void orphans_go_to_init(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      while (getppid() != 1) sleep_ms(2);
      CHECK(write(ends[1], "i", 1) == 1);
    }
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child);
  char byte;
  CHECK(read(ends[0], &byte, 1) == 1 && byte == 'i');
}

static void subreaper(void) {
  CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      while (getppid() == child) sleep_ms(2);
      sleep_ms(20);
      _exit(12);
    }
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(wait(&status) > 0 && ended_with(status, 12));
}

static void vfork_shares(void) {
  static volatile int value;
  const pid_t child = machine_vfork();
  if (child == 0) {
    value = 5;
    _exit(7);
  }
  int status;
  CHECK(child > 0 && value == 5);
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 7));
}

static void many_children(void) {
  for (int round = 0; round < 3; ++round) {
    int sum = 0;
    for (int i = 0; i < 100; ++i) {
      const pid_t child = fork();
      CHECK(child >= 0);
      if (child == 0) _exit(i);
    }
    for (int i = 0; i < 100; ++i) {
      int status;
      CHECK(wait(&status) > 0 && WIFEXITED(status));
      sum += WEXITSTATUS(status);
    }
    CHECK(sum == 4950);
  }
}

static void become_other(void) {
  CHECK(setgid(1000) == 0 && setuid(1000) == 0);
  uid_t real, effective, saved;
  CHECK(getresuid(&real, &effective, &saved) == 0 && real == 1000 && effective == 1000 && saved == 1000);
  CHECK_ERRNO(EPERM, setuid(0));
  CHECK_ERRNO(EPERM, setgid(0));
  CHECK_ERRNO(EPERM, kill(1, 0));
  CHECK_ERRNO(EACCES, setpriority(PRIO_PROCESS, 0, -5));
  CHECK_ERRNO(EPERM, sethostname("x", 1));
  CHECK_ERRNO(EPERM, chroot("/"));
}

static void users(void) {
  CHECK(getuid() == 0);
  CHECK(ended_with(child_status(become_other), 0));
  CHECK(seteuid(1000) == 0 && geteuid() == 1000 && getuid() == 0);
  CHECK_ERRNO(EPERM, setresuid((uid_t)-1, 1001, (uid_t)-1));
  CHECK(seteuid(0) == 0 && geteuid() == 0);
}

static void limits(void) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 256 && limit.rlim_cur <= limit.rlim_max);
  const struct rlimit small = {16, 16};
  CHECK(setrlimit(RLIMIT_NOFILE, &small) == 0);
  int last = -1, opened;
  while ((opened = open("/dev/null", O_RDONLY)) >= 0) last = opened;
  CHECK(errno == EMFILE && last == 15);
  CHECK_ERRNO(EBADF, dup2(0, 16));
  const struct rlimit wrong = {20, 10};
  CHECK_ERRNO(EINVAL, setrlimit(RLIMIT_NOFILE, &wrong));
}

// Every call that makes descriptors answers EMFILE when there is no room, makes none
// then, and works when there is room again.
static void descriptors_run_out(void) {
  const struct rlimit few = {20, 20};
  CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
  int ends[2] = {-7, -7}, last = -1;
  const int socket_there = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un door = {.sun_family = AF_UNIX, .sun_path = "door"};
  CHECK(socket_there >= 0 && bind(socket_there, (struct sockaddr *)&door, sizeof(door)) == 0 && listen(socket_there, 5) == 0);
  const int caller = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(caller >= 0 && connect(caller, (struct sockaddr *)&door, sizeof(door)) == 0);
  for (int opened; (opened = dup(0)) >= 0;) last = opened;
  CHECK(errno == EMFILE && last == 19);
  sigset_t set;
  sigemptyset(&set);
  for (int round = 0; round < 2; ++round) {
    CHECK_ERRNO(EMFILE, open("/dev/null", O_RDONLY));
    CHECK_ERRNO(EMFILE, open("made", O_CREAT | O_EXCL | O_WRONLY, 0600));
    CHECK_ERRNO(ENOENT, access("made", F_OK));
    CHECK_ERRNO(EMFILE, pipe(ends));
    CHECK_ERRNO(EMFILE, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    CHECK(ends[0] == -7 && ends[1] == -7);
    CHECK_ERRNO(EMFILE, socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_ERRNO(EMFILE, accept(socket_there, NULL, NULL));
    CHECK_ERRNO(EMFILE, dup(0));
    CHECK_ERRNO(EMFILE, fcntl(0, F_DUPFD, 3));
    CHECK_ERRNO(EBADF, dup2(0, 20));
    CHECK_ERRNO(EMFILE, epoll_create1(0));
    CHECK_ERRNO(EMFILE, eventfd(0, 0));
    CHECK_ERRNO(EMFILE, timerfd_create(CLOCK_MONOTONIC, 0));
    CHECK_ERRNO(EMFILE, signalfd(-1, &set, 0));
    CHECK_ERRNO(EMFILE, inotify_init1(0));
    CHECK_ERRNO(EMFILE, memfd_create("m", 0));
    CHECK_ERRNO(EMFILE, mq_open("/made-without-room", O_CREAT | O_EXCL | O_RDWR, 0600, NULL));
    CHECK_ERRNO(ENOENT, mq_unlink("/made-without-room"));
    CHECK_ERRNO(EMFILE, syscall(434 /* pidfd_open */, getpid(), 0));
    // Room for one is not room for two.
    CHECK(close(last) == 0);
    CHECK_ERRNO(EMFILE, pipe(ends));
    CHECK_ERRNO(EMFILE, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    CHECK(eventfd(0, 0) == last && close(last) == 0 && accept(socket_there, NULL, NULL) == last && close(last) == 0);
    CHECK(close(last - 1) == 0 && pipe(ends) == 0 && ends[0] == last - 1 && ends[1] == last);
    CHECK(write(ends[1], "x", 1) == 1);
    ends[0] = ends[1] = -7;
    CHECK(close(caller) == 0 && socket(AF_UNIX, SOCK_STREAM, 0) == caller &&
          connect(caller, (struct sockaddr *)&door, sizeof(door)) == 0);
  }
}

static void names(void) {
  struct utsname system;
  CHECK(uname(&system) == 0 && strcmp(system.sysname, "Linux") == 0 && strcmp(system.machine, machine_name) == 0);
  char name[17] = {0};
  CHECK(prctl(PR_SET_NAME, "a-name-that-is-too-long") == 0 && prctl(PR_GET_NAME, name) == 0);
  CHECK(strcmp(name, "a-name-that-is-") == 0);
  CHECK_ERRNO(ENOSYS, syscall(1999));
  CHECK_ERRNO(EFAULT, uname((struct utsname *)(uintptr_t)0x10));
}

static void usage(void) {
  struct rusage before, after;
  CHECK(getrusage(RUSAGE_SELF, &before) == 0);
  for (volatile long i = 0; i < 30000000; ++i) {
  }
  CHECK(getrusage(RUSAGE_SELF, &after) == 0);
  CHECK(after.ru_utime.tv_sec * 1000000 + after.ru_utime.tv_usec >= before.ru_utime.tv_sec * 1000000 + before.ru_utime.tv_usec);
  CHECK(after.ru_maxrss > 0);
  CHECK_ERRNO(EINVAL, getrusage(77, &after));
}

// Field NUMBER (as proc(5) counts them) of /proc/WHAT/stat.
static long long stat_field(const char *what, int number) {
  char path[64], text[1024];
  snprintf(path, sizeof(path), "/proc/%s/stat", what);
  const int file = open(path, O_RDONLY);
  const ssize_t got = read(file, text, sizeof(text) - 1);
  CHECK(got > 0 && close(file) == 0);
  text[got] = 0;
  char *at = strrchr(text, ')') + 2;
  for (int field = 3; field < number; ++field) at = strchr(at, ' ') + 1;
  return strtoll(at, NULL, 10);
}

static void burn(void) {
  struct rusage usage;
  do getrusage(RUSAGE_SELF, &usage);
  while (usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000 < 30);
}

static char some_data[5] = "data";

static void burn_on_signal(int signal) { (void)signal; }

static void proc_numbers(void) {
  const long long faults = stat_field("self", 10);
  char *pages = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const long long before = stat_field("self", 24);
  for (int page = 0; page < 64; ++page) pages[page * 4096] = 1;
  CHECK(stat_field("self", 10) > faults && stat_field("self", 24) >= before + 64);
  CHECK(stat_field("self", 16) == 0 && ended_with(child_status(burn), 0));
  CHECK(stat_field("self", 16) >= 2 && stat_field("self", 11) > 0);
  burn();
  CHECK(stat_field("self", 14) >= 2 && stat_field("self", 4) == getppid() && stat_field("self", 5) == getpgrp());
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, burn_on_signal);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGHUP);
  CHECK(stat_field("self", 31) == 1 && stat_field("self", 32) == 1);
  CHECK(stat_field("self", 33) == 1 << (SIGUSR1 - 1) && stat_field("self", 34) == 1 << (SIGUSR2 - 1));
  const long long code = (long long)(uintptr_t)&proc_numbers, data = (long long)(uintptr_t)some_data;
  CHECK(stat_field("self", 26) <= code && code < stat_field("self", 27));
  CHECK(stat_field("self", 45) <= data && data < stat_field("self", 46) && stat_field("self", 47) <= (long long)(uintptr_t)sbrk(0));
  const long long here = (long long)(uintptr_t)&set;
  CHECK(here < stat_field("self", 28) && stat_field("self", 28) < stat_field("self", 48));
  CHECK(stat_field("self", 48) < stat_field("self", 49) && stat_field("self", 50) < stat_field("self", 51));
  CHECK(stat_field("self", 38) == SIGCHLD);
  CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0 && stat_field("self", 18) == 25 && stat_field("self", 19) == 5);
  const pid_t child = fork();
  if (child == 0) _exit(7);
  char name[16], text[64];
  snprintf(name, sizeof(name), "%d", child);
  CHECK(wait_for_state(child, 'Z') && stat_field(name, 52) == 7 << 8 && stat_field(name, 23) == 0);
  // Another user sees numbers, and no addresses.
  const pid_t other = fork();
  if (other == 0) {
    snprintf(name, sizeof(name), "%d", getppid());
    CHECK(setuid(1000) == 0 && stat_field(name, 26) == 1 && stat_field(name, 28) == 0 && stat_field(name, 24) > 0);
    snprintf(text, sizeof(text), "/proc/%s/environ", name);
    CHECK_ERRNO(EACCES, open(text, O_RDONLY));
    snprintf(text, sizeof(text), "/proc/%s/maps", name);
    CHECK_ERRNO(EACCES, open(text, O_RDONLY));
    snprintf(text, sizeof(text), "/proc/%s/exe", name);
    CHECK_ERRNO(EACCES, (int)readlink(text, name, sizeof(name)));
    _exit(0);
  }
  int status;
  CHECK(waitpid(other, &status, 0) == other && ended_with(status, 0) && waitpid(child, &status, 0) == child);
}

static void proc_name(void) {
  const int file = open("/proc/self/comm", O_RDWR);
  CHECK(file >= 0 && write(file, "a new name that is long\n", 24) == 24);
  char name[16];
  CHECK(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "a new name that") == 0);
  char text[32];
  CHECK(pread(file, text, sizeof(text), 0) == 16 && memcmp(text, "a new name that\n", 16) == 0);
}

static const struct test tests[] = {
    {"statuses", statuses}, {"wait_options", wait_options}, {"waitid_leaves", waitid_leaves}, {"wait_by_group", wait_by_group},
    {"stopped_and_continued", stopped_and_continued}, {"kill_a_stopped_one", kill_a_stopped_one},
    {"ignored_children", ignored_children}, {"memory_is_copied", memory_is_copied},
    {"copy_on_write_both_ways", copy_on_write_both_ways}, {"orphans_go_to_init", orphans_go_to_init},
    {"subreaper", subreaper}, {"vfork_shares", vfork_shares}, {"many_children", many_children}, {"users", users},
    {"limits", limits}, {"descriptors_run_out", descriptors_run_out}, {"names", names}, {"usage", usage},
    {"proc_numbers", proc_numbers}, {"proc_name", proc_name},
};
SUITE(process_suite, "process", tests);
