// SPDX-License-Identifier: Apache-2.0
// POSIX message queues.
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

static char name[64];
static mqd_t queue_of(long messages, long bytes, int flags) {
  snprintf(name, sizeof name, "/tessera-conformance-%d", getpid());
  mq_unlink(name);
  struct mq_attr form = {.mq_maxmsg = messages, .mq_msgsize = bytes};
  const mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR | flags, 0600, &form);
  SKIP_UNLESS_THERE(queue);
  CHECK(queue >= 0);
  return queue;
}
static void gone(mqd_t queue) { CHECK(mq_close(queue) == 0 && mq_unlink(name) == 0); }
static int put(mqd_t queue, const char *text, unsigned priority) { return mq_send(queue, text, strlen(text), priority); }
static int got(mqd_t queue, const char *text, unsigned priority) {
  char buffer[64];
  unsigned told = 99;
  const ssize_t bytes = mq_receive(queue, buffer, sizeof buffer, &told);
  return bytes == (ssize_t)strlen(text) && memcmp(buffer, text, strlen(text)) == 0 && told == priority;
}

static void priorities(void) {
  const mqd_t queue = queue_of(5, 64, 0);
  CHECK(put(queue, "low", 0) == 0 && put(queue, "high", 9) == 0 && put(queue, "middle", 4) == 0);
  CHECK(put(queue, "second high", 9) == 0 && put(queue, "", 32767) == 0);
  struct mq_attr told;
  CHECK(mq_getattr(queue, &told) == 0 && told.mq_maxmsg == 5 && told.mq_msgsize == 64 && told.mq_curmsgs == 5);
  CHECK(got(queue, "", 32767) && got(queue, "high", 9) && got(queue, "second high", 9) && got(queue, "middle", 4));
  CHECK(got(queue, "low", 0) && mq_getattr(queue, &told) == 0 && told.mq_curmsgs == 0);
  gone(queue);
}

static void errors(void) {
  static char large[100];
  const mqd_t queue = queue_of(2, 64, O_NONBLOCK);
  CHECK_ERRNO(EAGAIN, mq_receive(queue, large, 64, NULL));
  CHECK_ERRNO(EMSGSIZE, mq_receive(queue, large, 63, NULL));
  CHECK_ERRNO(EMSGSIZE, mq_send(queue, large, 65, 0));
  CHECK_ERRNO(EINVAL, mq_send(queue, large, 1, 32768));
  CHECK_ERRNO(EFAULT, mq_send(queue, (char *)8, 1, 0));
  CHECK(put(queue, "one", 0) == 0 && put(queue, "two", 0) == 0);
  CHECK_ERRNO(EAGAIN, put(queue, "three", 0));
  CHECK_ERRNO(EFAULT, mq_receive(queue, (char *)8, 64, NULL));
  CHECK(got(queue, "two", 0));
  const mqd_t reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY | O_NONBLOCK);
  CHECK(reader >= 0 && writer >= 0);
  CHECK_ERRNO(EBADF, put(reader, "no", 0));
  CHECK_ERRNO(EBADF, mq_receive(writer, large, 64, NULL));
  CHECK_ERRNO(EBADF, put(1, "no queue", 0));
  CHECK_ERRNO(EBADF, put(-1, "no file", 0));
  CHECK_ERRNO(EINVAL, mq_open(name, O_RDWR | O_WRONLY));
  CHECK_ERRNO(EEXIST, mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL));
  CHECK_ERRNO(ENOENT, mq_open("/tessera-is-not-there", O_RDWR));
  CHECK_ERRNO(ENOENT, mq_unlink("/tessera-is-not-there"));
  CHECK_ERRNO(ENOENT, (int)syscall(SYS_mq_open, "", O_RDWR, 0, NULL));
  CHECK_ERRNO(EACCES, (int)syscall(SYS_mq_open, "a/b", O_CREAT | O_RDWR, 0600, NULL));
  CHECK_ERRNO(EACCES, (int)syscall(SYS_mq_open, ".", O_CREAT | O_RDWR, 0600, NULL));
  memset(large, 'x', sizeof large);
  char longest[300];
  memset(longest, 'x', sizeof longest);
  longest[256] = 0;
  CHECK_ERRNO(ENAMETOOLONG, (int)syscall(SYS_mq_open, longest, O_CREAT | O_RDWR, 0600, NULL));
  struct mq_attr wrong = {.mq_maxmsg = 0, .mq_msgsize = 10};
  CHECK_ERRNO(EINVAL, mq_open("/tessera-is-not-there", O_CREAT | O_RDWR, 0600, &wrong));
  wrong = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = -1};
  CHECK_ERRNO(EINVAL, mq_open("/tessera-is-not-there", O_CREAT | O_RDWR, 0600, &wrong));
  CHECK((fcntl(queue, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(mq_close(reader) == 0 && mq_close(writer) == 0);
  gone(queue);
}

static void times(void) {
  char text[64];
  const mqd_t queue = queue_of(1, 64, 0);
  const struct timespec past = {1, 0}, wrong = {1, 1000000000};
  CHECK_ERRNO(ETIMEDOUT, mq_timedreceive(queue, text, 64, NULL, &past));
  CHECK_ERRNO(EINVAL, mq_timedreceive(queue, text, 64, NULL, &wrong));
  CHECK(mq_timedsend(queue, "x", 1, 0, &past) == 0);
  CHECK_ERRNO(ETIMEDOUT, mq_timedsend(queue, "x", 1, 0, &past));
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_sec += soon.tv_nsec > 980000000;
  soon.tv_nsec = (soon.tv_nsec + 20000000) % 1000000000;
  CHECK_ERRNO(ETIMEDOUT, mq_timedsend(queue, "x", 1, 0, &soon));
  gone(queue);
}

static void waiting(void) {
  const mqd_t queue = queue_of(1, 64, 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(got(queue, "wake up", 3));
    CHECK(put(queue, "answer", 1) == 0 && put(queue, "when there is room", 2) == 0);
    _exit(0);
  }
  CHECK(wait_for_state(child, 'S') && put(queue, "wake up", 3) == 0);
  CHECK(wait_for_state(child, 'S') && got(queue, "answer", 1) && got(queue, "when there is room", 2));
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  gone(queue);
}

static void polled(void) {
  const mqd_t queue = queue_of(1, 64, 0);
  struct pollfd poll_one = {queue, POLLIN | POLLOUT, 0};
  CHECK(poll(&poll_one, 1, 0) == 1 && poll_one.revents == POLLOUT);
  CHECK(put(queue, "x", 0) == 0 && poll(&poll_one, 1, 0) == 1 && poll_one.revents == POLLIN);
  const int set = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLOUT};
  CHECK(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, queue, &event) == 0 && epoll_wait(set, &event, 1, 0) == 0);
  CHECK(got(queue, "x", 0) && epoll_wait(set, &event, 1, 1000) == 1 && event.events == EPOLLOUT);
  close(set);
  gone(queue);
}

static void attributes(void) {
  const mqd_t queue = queue_of(3, 32, 0);
  struct mq_attr told, wanted = {.mq_flags = O_NONBLOCK, .mq_maxmsg = 99};
  CHECK(mq_setattr(queue, &wanted, &told) == 0 && told.mq_flags == 0 && told.mq_maxmsg == 3);
  CHECK(mq_getattr(queue, &told) == 0 && told.mq_flags == O_NONBLOCK && told.mq_maxmsg == 3);
  wanted.mq_flags = O_APPEND;
  CHECK_ERRNO(EINVAL, mq_setattr(queue, &wanted, NULL));
  struct stat status;
  CHECK(fstat(queue, &status) == 0 && (status.st_mode & 07777) == 0600 && status.st_uid == getuid());
  char text[128] = "";
  CHECK(put(queue, "12345", 0) == 0 && read(queue, text, sizeof text - 1) > 0 && strncmp(text, "QSIZE:5 ", 8) == 0);
  gone(queue);
}

static volatile int told_code, told_value, told_pid, told_count;
static void told(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  told_code = info->si_code;
  told_value = info->si_value.sival_int;
  told_pid = info->si_pid;
  ++told_count;
}
static void notices(void) {
  struct sigaction action = {.sa_sigaction = told, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  const mqd_t queue = queue_of(4, 64, O_NONBLOCK);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
  CHECK(mq_notify(queue, &event) == 0);
  CHECK_ERRNO(EBUSY, mq_notify(queue, &event));
  CHECK(put(queue, "first", 0) == 0 && told_count == 1 && told_code == SI_MESGQ && told_value == 77 && told_pid == getpid());
  // Once, and only from empty to not empty.
  CHECK(mq_notify(queue, &event) == 0 && put(queue, "second", 0) == 0 && told_count == 1);
  CHECK(got(queue, "first", 0) && got(queue, "second", 0) && put(queue, "third", 0) == 0 && told_count == 2);
  CHECK(got(queue, "third", 0) && put(queue, "fourth", 0) == 0 && told_count == 2 && got(queue, "fourth", 0));
  CHECK(mq_notify(queue, &event) == 0 && mq_notify(queue, NULL) == 0 && put(queue, "fifth", 0) == 0 && told_count == 2);
  CHECK(got(queue, "fifth", 0));
  event.sigev_notify = SIGEV_NONE;
  CHECK(mq_notify(queue, &event) == 0 && put(queue, "sixth", 0) == 0 && mq_notify(queue, &event) == 0);
  event.sigev_notify = 99;
  CHECK_ERRNO(EINVAL, mq_notify(queue, &event));
  event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
  CHECK_ERRNO(EINVAL, mq_notify(queue, &event));
  gone(queue);
}

// Who closes the queue is not told of it any more.
static void notice_ends(void) {
  const mqd_t queue = queue_of(4, 64, 0);
  const pid_t child = fork();
  if (child == 0) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    _exit(mq_notify(queue, &event));
  }
  int status;
  struct sigevent none = {.sigev_notify = SIGEV_NONE};
  CHECK(waitpid(child, &status, 0) == child && status == 0 && mq_notify(queue, &none) == 0);
  gone(queue);
}

static void stranger(void) {
  CHECK(setgid(4242) == 0 && setuid(4242) == 0);
  CHECK_ERRNO(EACCES, mq_open(name, O_RDONLY));
  errno = 0;
  CHECK(mq_unlink(name) == -1 && (errno == EPERM || errno == EACCES));
  struct mq_attr form = {.mq_maxmsg = 11, .mq_msgsize = 64};
  CHECK_ERRNO(EINVAL, mq_open("/tessera-of-a-stranger", O_CREAT | O_RDWR, 0600, &form));
  form = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 8193};
  CHECK_ERRNO(EINVAL, mq_open("/tessera-of-a-stranger", O_CREAT | O_RDWR, 0600, &form));
  struct rlimit limit = {20000, 20000};
  CHECK(setrlimit(RLIMIT_MSGQUEUE, &limit) == 0);
  form = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 1000};
  const mqd_t one = mq_open("/tessera-of-a-stranger", O_CREAT | O_RDWR, 0600, &form);
  CHECK(one >= 0);
  CHECK_ERRNO(EMFILE, mq_open("/tessera-of-a-stranger-2", O_CREAT | O_RDWR, 0600, &form));
  CHECK(mq_unlink("/tessera-of-a-stranger") == 0);
  // Unlinked but open: it still counts.
  CHECK_ERRNO(EMFILE, mq_open("/tessera-of-a-stranger-2", O_CREAT | O_RDWR, 0600, &form));
  CHECK(put(one, "still there", 0) == 0 && mq_close(one) == 0);
  const mqd_t two = mq_open("/tessera-of-a-stranger-2", O_CREAT | O_RDWR, 0600, &form);
  CHECK(two >= 0 && mq_close(two) == 0 && mq_unlink("/tessera-of-a-stranger-2") == 0);
}
static void rights(void) {
  const mqd_t queue = queue_of(1, 64, 0);
  CHECK(ended_with(child_status(stranger), 0));
  gone(queue);
}

static const struct test tests[] = {
    {"priorities", priorities}, {"errors", errors},   {"times", times},             {"waiting", waiting}, {"polled", polled},
    {"attributes", attributes}, {"notices", notices}, {"notice_ends", notice_ends}, {"rights", rights},
};
SUITE(mqueue_suite, "mqueue", tests);
