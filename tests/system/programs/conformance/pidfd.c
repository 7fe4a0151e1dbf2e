// SPDX-License-Identifier: Apache-2.0
// Processes as descriptors, and one process at work on another.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum { kPidFdSendSignal = 424, kPidFdOpen = 434, kClone3 = 435, kPidFdGetFd = 438, kProcessMadvise = 440, kWhomPidFd = 3 };

static int pidfd_open(pid_t pid, unsigned flags) { return (int)syscall(kPidFdOpen, pid, flags); }
static int send_signal(int fd, int signal, siginfo_t *info, unsigned flags) {
  return (int)syscall(kPidFdSendSignal, fd, signal, info, flags);
}
static int get_file(int fd, int other, unsigned flags) { return (int)syscall(kPidFdGetFd, fd, other, flags); }

static int readable(int fd) {
  struct pollfd asked = {.fd = fd, .events = POLLIN};
  return poll(&asked, 1, 0) == 1 && (asked.revents & POLLIN) != 0;
}

static pid_t sleeper(void) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  CHECK(child > 0);
  return child;
}

static void end_of_process(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte;
    _exit(read(ends[0], &byte, 1) == 1 ? 7 : 1);
  }
  const int fd = pidfd_open(child, 0);
  SKIP_UNLESS_THERE(fd);
  CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && !readable(fd));
  CHECK(write(ends[1], "x", 1) == 1);
  struct pollfd asked = {.fd = fd, .events = POLLIN};
  CHECK(poll(&asked, 1, 10000) == 1 && (asked.revents & POLLIN) != 0);
  siginfo_t info;
  CHECK(waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == child && info.si_status == 7);
  CHECK(waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED) == 0 && info.si_code == CLD_EXITED && readable(fd));
  CHECK_ERRNO(ECHILD, waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED));
  CHECK_ERRNO(ESRCH, send_signal(fd, 0, NULL, 0));
  CHECK_ERRNO(ESRCH, get_file(fd, 0, 0));
}

static void open_errors(void) {
  char byte;
  CHECK_ERRNO(EINVAL, pidfd_open(0, 0));
  CHECK_ERRNO(EINVAL, pidfd_open(-1, 0));
  CHECK_ERRNO(EINVAL, pidfd_open(getpid(), 1));
  const pid_t child = sleeper();
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK_ERRNO(ESRCH, pidfd_open(child, 0));
  const int self = pidfd_open(getpid(), O_NONBLOCK);
  CHECK(self >= 0 && (fcntl(self, F_GETFL) & O_NONBLOCK) != 0);
  CHECK_ERRNO(EINVAL, read(self, &byte, 1));
  CHECK_ERRNO(EINVAL, write(self, &byte, 1));
  siginfo_t info;
  CHECK_ERRNO(ECHILD, waitid((idtype_t)kWhomPidFd, (id_t)self, &info, WEXITED));
  CHECK_ERRNO(EBADF, waitid((idtype_t)kWhomPidFd, 1000, &info, WEXITED));
  CHECK_ERRNO(EBADF, waitid((idtype_t)kWhomPidFd, (id_t)open("/", O_RDONLY), &info, WEXITED));
}

static void non_blocking(void) {
  const pid_t child = sleeper();
  const int fd = pidfd_open(child, O_NONBLOCK);
  siginfo_t info;
  CHECK_ERRNO(EAGAIN, waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED));
  CHECK(waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
  CHECK(kill(child, SIGKILL) == 0);
  struct pollfd asked = {.fd = fd, .events = POLLIN};
  CHECK(poll(&asked, 1, 10000) == 1 && waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED) == 0);
  CHECK(info.si_code == CLD_KILLED && info.si_status == SIGKILL);
}

static volatile sig_atomic_t got_value, got_code;
static void on_signal(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  got_value = info->si_value.sival_int;
  got_code = info->si_code;
}

static void signals(void) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  const int self = pidfd_open(getpid(), 0);
  got_code = -100;
  CHECK(send_signal(self, SIGUSR1, NULL, 0) == 0 && got_code == SI_USER && send_signal(self, 0, NULL, 0) == 0);
  siginfo_t info;
  memset(&info, 0, sizeof(info));
  info.si_signo = SIGUSR1, info.si_code = SI_QUEUE, info.si_value.sival_int = 42;
  CHECK(send_signal(self, SIGUSR1, &info, 0) == 0 && got_value == 42 && got_code == SI_QUEUE);
  CHECK_ERRNO(EINVAL, send_signal(self, SIGUSR2, &info, 0));
  CHECK_ERRNO(EINVAL, send_signal(self, 100, NULL, 0));
  CHECK_ERRNO(EINVAL, send_signal(self, 0, NULL, 0x80));
  CHECK_ERRNO(EBADF, send_signal(1000, SIGUSR1, NULL, 0));
  CHECK_ERRNO(EBADF, send_signal(dup(1), SIGUSR1, NULL, 0));
  const int directory = open("/proc/self", O_RDONLY | O_DIRECTORY), other = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
  got_code = -100;
  CHECK(send_signal(directory, SIGUSR1, NULL, 0) == 0 && got_code == SI_USER);
  CHECK_ERRNO(EBADF, send_signal(other, SIGUSR1, NULL, 0));
  const pid_t other_process = fork();
  if (other_process == 0) _exit(0);
  char name[32];
  snprintf(name, sizeof(name), "/proc/%d", other_process);
  const int ended = open(name, O_RDONLY | O_DIRECTORY);
  CHECK(ended >= 0 && send_signal(ended, 0, NULL, 0) == 0 && waitpid(other_process, NULL, 0) == other_process);
  CHECK_ERRNO(ESRCH, send_signal(ended, 0, NULL, 0));
  CHECK_ERRNO(EFAULT, send_signal(self, SIGUSR1, (siginfo_t *)8, 0));
  const pid_t child = sleeper();
  const int fd = pidfd_open(child, 0);
  info.si_code = SI_USER;
  CHECK_ERRNO(EPERM, send_signal(fd, SIGUSR1, &info, 0));
  int status;
  CHECK(send_signal(fd, SIGTERM, NULL, 0) == 0 && waitpid(child, &status, 0) == child && died_of(status, SIGTERM));
}

static void files(void) {
  int ends[2], ready[2];
  char bytes[8];
  CHECK(pipe(ends) == 0 && pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(dup2(ends[1], 200) == 200 && write(ready[1], "r", 1) == 1);
    for (;;) pause();
  }
  CHECK(close(ends[1]) == 0 && read(ready[0], bytes, 1) == 1);
  const int fd = pidfd_open(child, 0), file = get_file(fd, 200, 0);
  CHECK(file >= 0 && (fcntl(file, F_GETFD) & FD_CLOEXEC) != 0 && write(file, "hello", 5) == 5);
  CHECK(read(ends[0], bytes, 8) == 5 && memcmp(bytes, "hello", 5) == 0);
  CHECK_ERRNO(EBADF, get_file(fd, 300, 0));
  CHECK_ERRNO(EBADF, get_file(file, 200, 0));
  CHECK_ERRNO(EINVAL, get_file(fd, 200, 1));
  CHECK(syscall(SYS_kcmp, getpid(), child, 0, file, 200) == 0 && syscall(SYS_kcmp, getpid(), child, 0, ends[0], 200) > 0);
  CHECK(syscall(SYS_kcmp, getpid(), child, 1, 0, 0) > 0 && syscall(SYS_kcmp, getpid(), getpid(), 1, 0, 0) == 0);
  CHECK_ERRNO(EBADF, syscall(SYS_kcmp, getpid(), child, 0, file, 300));
  CHECK_ERRNO(EINVAL, syscall(SYS_kcmp, getpid(), child, 100, 0, 0));
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK_ERRNO(ESRCH, syscall(SYS_kcmp, getpid(), child, 1, 0, 0));
}

static void made_by_clone(void) {
  int fd = -1;
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &fd, NULL, NULL);
  if (child == 0) _exit(fcntl(fd, F_GETFD) == -1 && errno == EBADF ? 3 : 4);  // the child has none
  siginfo_t info;
  CHECK(child > 0 && fd >= 0 && waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED) == 0);
  CHECK(info.si_pid == child && info.si_status == 3 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && readable(fd));
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } wanted = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&fd, .exit_signal = SIGCHLD};
  child = (pid_t)syscall(kClone3, &wanted, sizeof(wanted));
  if (child == 0) _exit(5);
  CHECK(child > 0 && waitid((idtype_t)kWhomPidFd, (id_t)fd, &info, WEXITED) == 0 && info.si_status == 5);
  CHECK_ERRNO(EINVAL, syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, NULL, &fd, NULL, NULL));
  CHECK_ERRNO(EFAULT, syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, (int *)8, NULL, NULL));
  CHECK_ERRNO(ECHILD, waitpid(-1, NULL, WNOHANG));
}

static char text[8192];

static void other_memory(void) {
  memset(text, 'a', sizeof(text));
  char *const page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED && munmap(page + 4096, 4096) == 0);
  memcpy(page, "page", 4);
  const pid_t child = sleeper();
  memset(text, 'b', sizeof(text));
  memcpy(page, "mine", 4);
  static char got[8192];
  struct iovec local[2] = {{got, 100}, {got + 4096, 4000}}, remote[2] = {{text, 50}, {text + 1000, 5000}};
  CHECK(process_vm_readv(child, local, 2, remote, 2, 0) == 4100 && got[0] == 'a' && got[8095] == 'a' && got[8096] == 0);
  struct iovec to = {text + 10, 3}, from = {(void *)(uintptr_t)"xyz", 3};
  CHECK(process_vm_writev(child, &from, 1, &to, 1, 0) == 3 && text[10] == 'b');
  local[0].iov_len = 20, remote[0].iov_base = text;
  CHECK(process_vm_readv(child, local, 1, remote, 1, 0) == 20 && memcmp(got, "aaaaaaaaaaxyzaaaaaaa", 20) == 0);
  // Up to what is there.
  struct iovec edge = {page + 4000, 200}, all = {got, 8192}, beyond = {page + 4096, 10};
  CHECK(process_vm_readv(child, &all, 1, &edge, 1, 0) == 96);
  CHECK_ERRNO(EFAULT, process_vm_readv(child, &all, 1, &beyond, 1, 0));
  CHECK_ERRNO(EINVAL, process_vm_readv(child, &all, 1, &edge, 1, 1));
  CHECK_ERRNO(EINVAL, process_vm_readv(child, &all, 2000, &edge, 1, 0));
  CHECK(process_vm_readv(child, &all, 0, &edge, 1, 0) == 0 && process_vm_readv(child, &all, 1, &edge, 0, 0) == 0);
  const int fd = pidfd_open(child, 0);
  struct iovec whole = {page, 4096};
  CHECK(syscall(kProcessMadvise, fd, &whole, 1, MADV_WILLNEED, 0) == 4096);
  CHECK_ERRNO(EINVAL, syscall(kProcessMadvise, fd, &whole, 1, MADV_WILLNEED, 1));
  CHECK_ERRNO(EINVAL, syscall(kProcessMadvise, fd, &whole, 1, 1000, 0));
  CHECK_ERRNO(EBADF, syscall(kProcessMadvise, 1000, &whole, 1, MADV_WILLNEED, 0));
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK_ERRNO(ESRCH, process_vm_readv(child, &all, 1, &edge, 1, 0));
}

static void as_other(void) {
  CHECK(setuid(1234) == 0);
  static char got[8];
  struct iovec local = {got, 8}, remote = {text, 8};
  CHECK_ERRNO(EPERM, process_vm_readv(getppid(), &local, 1, &remote, 1, 0));
  const int fd = pidfd_open(getppid(), 0);
  CHECK(fd >= 0);
  CHECK_ERRNO(EPERM, get_file(fd, 0, 0));
  CHECK_ERRNO(EPERM, send_signal(fd, SIGTERM, NULL, 0));
  CHECK_ERRNO(EPERM, syscall(SYS_kcmp, getpid(), getppid(), 1, 0, 0));
}
static void not_allowed(void) { CHECK(ended_with(child_status(as_other), 0)); }

static void scheduling(void) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least, most, beyond[2];
  } attributes;
  memset(&attributes, 0, sizeof(attributes));
  CHECK(syscall(SYS_sched_getattr, 0, &attributes, 56, 0) == 0 && attributes.size == 56 && attributes.policy == 0);
  CHECK(attributes.nice == getpriority(PRIO_PROCESS, 0));
  memset(&attributes, 0, sizeof(attributes));
  attributes.size = 48, attributes.nice = 7;
  CHECK(syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 && getpriority(PRIO_PROCESS, 0) == 7);
  attributes.nice = 0;
  CHECK(syscall(SYS_sched_getattr, getpid(), &attributes, 48, 0) == 0 && attributes.nice == 7 && attributes.size == 48);
  CHECK_ERRNO(EINVAL, syscall(SYS_sched_getattr, 0, &attributes, 47, 0));
  CHECK_ERRNO(EINVAL, syscall(SYS_sched_getattr, 0, &attributes, 48, 1));
  CHECK_ERRNO(EINVAL, syscall(SYS_sched_getattr, 0, NULL, 48, 0));
  CHECK_ERRNO(EINVAL, syscall(SYS_sched_getattr, -1, &attributes, 48, 0));
  CHECK_ERRNO(ESRCH, syscall(SYS_sched_getattr, 4000000, &attributes, 48, 0));
  attributes.policy = 77;
  CHECK_ERRNO(EINVAL, syscall(SYS_sched_setattr, 0, &attributes, 0));
  attributes.policy = 0, attributes.priority = 1;
  CHECK_ERRNO(EINVAL, syscall(SYS_sched_setattr, 0, &attributes, 0));
  attributes.priority = 0, attributes.size = 8;
  CHECK_ERRNO(E2BIG, syscall(SYS_sched_setattr, 0, &attributes, 0));
  attributes.size = 5000;
  CHECK_ERRNO(E2BIG, syscall(SYS_sched_setattr, 0, &attributes, 0));
  CHECK_ERRNO(EINVAL, syscall(SYS_sched_setattr, 0, &attributes, 1));
}

static const struct test tests[] = {
    {"end_of_process", end_of_process}, {"open_errors", open_errors},   {"non_blocking", non_blocking},
    {"signals", signals},               {"files", files},               {"made_by_clone", made_by_clone},
    {"other_memory", other_memory},     {"not_allowed", not_allowed},   {"scheduling", scheduling},
};
SUITE(pidfd_suite, "pidfd", tests);
