// SPDX-License-Identifier: Apache-2.0
// AF_UNIX sockets.
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static void pair(int type, int ends[2]) {
  const int made = socketpair(AF_UNIX, type, 0, ends);
  SKIP_UNLESS_THERE(made);
  CHECK(made == 0);
}
static int sends(int end, const char *text) { return send(end, text, strlen(text), 0) == (ssize_t)strlen(text); }
static int receives(int end, const char *text) {
  char buffer[256];
  const ssize_t got = recv(end, buffer, sizeof buffer, 0);
  return got == (ssize_t)strlen(text) && memcmp(buffer, text, (size_t)got) == 0;
}
static int events_of(int end, short asked) {
  struct pollfd one = {.fd = end, .events = asked};
  CHECK(poll(&one, 1, 0) >= 0);
  return one.revents;
}

// NAME starting with '@' is abstract. The length to give.
static socklen_t address(struct sockaddr_un *to, const char *name) {
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  strcpy(to->sun_path, name);
  if (name[0] != '@') return sizeof *to;
  to->sun_path[0] = 0;
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
}
static int bound(int type, const char *name) {
  struct sockaddr_un to;
  const socklen_t length = address(&to, name);
  const int end = socket(AF_UNIX, type, 0);
  CHECK(end >= 0 && bind(end, (struct sockaddr *)&to, length) == 0);
  return end;
}
static int try_connect(int end, const char *name) {
  struct sockaddr_un to;
  const socklen_t length = address(&to, name);
  return connect(end, (struct sockaddr *)&to, length);
}
static int connected(int type, const char *name) {
  const int end = socket(AF_UNIX, type, 0);
  CHECK(end >= 0 && try_connect(end, name) == 0);
  return end;
}

static void families(void) {
  CHECK_ERRNO(EAFNOSUPPORT, socket(99, SOCK_STREAM, 0));
  CHECK_ERRNO(EPROTONOSUPPORT, socket(AF_UNIX, SOCK_STREAM, 17));
  CHECK_ERRNO(ESOCKTNOSUPPORT, socket(AF_UNIX, SOCK_RDM, 0));
  CHECK_ERRNO(EINVAL, socket(AF_UNIX, 15, 0));
  CHECK_ERRNO(ENOTSOCK, listen(0 * open("/dev/null", O_RDONLY) + open("/dev/null", O_RDONLY), 1));
  CHECK_ERRNO(EBADF, listen(99, 1));
  int ends[2];
  CHECK_ERRNO(EFAULT, socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)8));
  pair(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, ends);
  CHECK((fcntl(ends[0], F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(ends[1], F_GETFL) & O_NONBLOCK) != 0);
  struct stat status;
  CHECK(fstat(ends[0], &status) == 0 && S_ISSOCK(status.st_mode));
  char path[64], name[64], wanted[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
  const ssize_t got = readlink(path, name, sizeof name - 1);
  CHECK(got > 0);
  name[got] = 0;
  snprintf(wanted, sizeof wanted, "socket:[%llu]", (unsigned long long)status.st_ino);
  CHECK(strcmp(name, wanted) == 0);
  CHECK_ERRNO(ENXIO, open(path, O_RDWR));
  CHECK_ERRNO(ESPIPE, lseek(ends[0], 0, SEEK_CUR));
}

static void stream(void) {
  int ends[2], unread = -1;
  char buffer[64];
  pair(SOCK_STREAM, ends);
  CHECK(sends(ends[0], "hello") && sends(ends[0], " you"));
  CHECK(ioctl(ends[1], FIONREAD, &unread) == 0 && unread == 9);
  CHECK(recv(ends[1], buffer, 4, MSG_PEEK) == 4 && memcmp(buffer, "hell", 4) == 0);
  CHECK(recv(ends[1], buffer, sizeof buffer, MSG_PEEK) == 9);
  CHECK(recv(ends[1], buffer, 3, 0) == 3 && memcmp(buffer, "hel", 3) == 0);
  CHECK(receives(ends[1], "lo you"));
  CHECK_ERRNO(EAGAIN, recv(ends[1], buffer, 1, MSG_DONTWAIT));
  CHECK(send(ends[0], "", 0, 0) == 0);
  CHECK_ERRNO(EAGAIN, recv(ends[1], buffer, 1, MSG_DONTWAIT));
  CHECK(write(ends[1], "back", 4) == 4 && read(ends[0], buffer, 64) == 4);
  CHECK_ERRNO(EISCONN, sendto(ends[0], "x", 1, 0, (struct sockaddr *)&(struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "a"}, 20));
  CHECK_ERRNO(EFAULT, send(ends[0], (void *)8, 5, 0));
  CHECK(sends(ends[0], "abc"));
  CHECK_ERRNO(EFAULT, recv(ends[1], (void *)8, 3, 0));
  CHECK(receives(ends[1], "abc"));
}

static void *send_slowly(void *end) {
  for (int at = 0; at < 10; ++at) {
    sleep_ms(2);
    CHECK(sends(*(int *)end, "12345"));
  }
  return NULL;
}
static void wait_all(void) {
  int ends[2];
  char buffer[64];
  pthread_t thread;
  pair(SOCK_STREAM, ends);
  CHECK(pthread_create(&thread, NULL, send_slowly, &ends[0]) == 0);
  CHECK(recv(ends[1], buffer, 50, MSG_WAITALL) == 50);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(sends(ends[0], "end") && close(ends[0]) == 0);
  CHECK(recv(ends[1], buffer, 50, MSG_WAITALL) == 3);
}

static volatile int pipes;
static void count_pipe(int signal) { pipes += signal == SIGPIPE; }
static void ends_close(void) {
  int ends[2];
  char byte;
  signal(SIGPIPE, count_pipe);
  pair(SOCK_STREAM, ends);
  CHECK(sends(ends[0], "last") && close(ends[0]) == 0);
  CHECK((events_of(ends[1], POLLIN | POLLOUT | POLLRDHUP) & (POLLIN | POLLHUP | POLLRDHUP)) == (POLLIN | POLLHUP | POLLRDHUP));
  CHECK(receives(ends[1], "last") && recv(ends[1], &byte, 1, 0) == 0);
  CHECK_ERRNO(EPIPE, send(ends[1], "x", 1, MSG_NOSIGNAL));
  CHECK(pipes == 0);
  CHECK_ERRNO(EPIPE, write(ends[1], "x", 1));
  CHECK(pipes == 1);
  // With bytes unread it is a reset.
  pair(SOCK_STREAM, ends);
  CHECK(sends(ends[1], "unread") && close(ends[0]) == 0);
  CHECK_ERRNO(ECONNRESET, recv(ends[1], &byte, 1, 0));
  CHECK(recv(ends[1], &byte, 1, 0) == 0);
}

static void shut(void) {
  int ends[2];
  char byte;
  signal(SIGPIPE, SIG_IGN);
  pair(SOCK_STREAM, ends);
  CHECK(sends(ends[0], "a") && shutdown(ends[0], SHUT_WR) == 0);
  CHECK(receives(ends[1], "a") && recv(ends[1], &byte, 1, 0) == 0);
  CHECK_ERRNO(EPIPE, send(ends[0], "x", 1, 0));
  CHECK(sends(ends[1], "b") && receives(ends[0], "b"));
  CHECK((events_of(ends[1], POLLIN | POLLRDHUP) & (POLLRDHUP | POLLHUP)) == POLLRDHUP);
  CHECK(shutdown(ends[1], SHUT_RDWR) == 0);
  CHECK((events_of(ends[0], POLLIN) & POLLHUP) != 0);
  CHECK_ERRNO(EINVAL, shutdown(ends[0], 7));
}

static void full(void) {
  int ends[2];
  static char block[4096];
  pair(SOCK_STREAM | SOCK_NONBLOCK, ends);
  CHECK((events_of(ends[0], POLLOUT) & POLLOUT) != 0);
  size_t sent = 0;
  for (ssize_t now; (now = send(ends[0], block, sizeof block, 0)) > 0;) sent += (size_t)now;
  CHECK(errno == EAGAIN && sent > 100000);
  CHECK((events_of(ends[0], POLLOUT) & POLLOUT) == 0);
  const int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLOUT | EPOLLET, .data.u32 = 7};
  CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0 && epoll_wait(epoll, &event, 1, 0) == 0);
  size_t received = 0;
  for (ssize_t now; (now = recv(ends[1], block, sizeof block, 0)) > 0;) received += (size_t)now;
  CHECK(received == sent);
  CHECK(epoll_wait(epoll, &event, 1, 0) == 1 && event.data.u32 == 7 && event.events == EPOLLOUT);
  CHECK(epoll_wait(epoll, &event, 1, 0) == 0);
}

static void *echo(void *listener) {
  const int end = accept(*(int *)listener, NULL, NULL);
  char buffer[1000];
  CHECK(end >= 0);
  for (ssize_t got; (got = read(end, buffer, sizeof buffer)) > 0;) CHECK(write(end, buffer, (size_t)got) == got);
  close(end);
  return NULL;
}
static void by_path(void) {
  const int listener = bound(SOCK_STREAM, "door");
  struct stat status;
  CHECK(stat("door", &status) == 0 && S_ISSOCK(status.st_mode) && (status.st_mode & 0777) == 0755);
  struct sockaddr_un name;
  socklen_t length = sizeof name;
  CHECK(getsockname(listener, (struct sockaddr *)&name, &length) == 0 && strcmp(name.sun_path, "door") == 0 && length == 7);
  const int early = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERRNO(ECONNREFUSED, try_connect(early, "door"));
  CHECK_ERRNO(ENOENT, try_connect(early, "window"));
  make_file("file", "x");
  CHECK_ERRNO(ECONNREFUSED, try_connect(early, "file"));
  CHECK_ERRNO(EINVAL, accept(early, NULL, NULL));
  CHECK(listen(listener, 5) == 0);
  CHECK_ERRNO(EPROTOTYPE, try_connect(socket(AF_UNIX, SOCK_DGRAM, 0), "door"));
  const int other = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERRNO(EADDRINUSE, bind(other, (struct sockaddr *)&name, sizeof name));
  strcpy(name.sun_path, "another");
  CHECK_ERRNO(EINVAL, bind(listener, (struct sockaddr *)&name, sizeof name));
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, echo, (void *)&listener) == 0);
  CHECK(try_connect(early, "door") == 0);
  CHECK_ERRNO(EISCONN, try_connect(early, "door"));
  length = sizeof name;
  CHECK(getpeername(early, (struct sockaddr *)&name, &length) == 0 && strcmp(name.sun_path, "door") == 0);
  char buffer[64];
  CHECK(sends(early, "hello") && recv(early, buffer, 5, MSG_WAITALL) == 5 && memcmp(buffer, "hello", 5) == 0);
  CHECK(shutdown(early, SHUT_WR) == 0 && recv(early, buffer, 5, 0) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(unlink("door") == 0);
  CHECK_ERRNO(ENOENT, try_connect(other, "door"));
  close(listener);
}

static void unaccepted(void) {
  const int listener = bound(SOCK_STREAM, "@unaccepted");
  CHECK(listen(listener, 1) == 0);
  const int one = connected(SOCK_STREAM, "@unaccepted"), two = connected(SOCK_STREAM, "@unaccepted");
  const int three = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK_ERRNO(EAGAIN, try_connect(three, "@unaccepted"));
  CHECK(sends(one, "early"));
  CHECK((events_of(listener, POLLIN) & POLLIN) != 0);
  const int end = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  CHECK(end >= 0 && receives(end, "early") && (fcntl(end, F_GETFL) & O_NONBLOCK) != 0);
  CHECK(try_connect(three, "@unaccepted") == 0);
  CHECK(close(listener) == 0);
  char byte;
  CHECK_ERRNO(ECONNRESET, recv(two, &byte, 1, 0));
  CHECK_ERRNO(ECONNREFUSED, try_connect(socket(AF_UNIX, SOCK_STREAM, 0), "@unaccepted"));
  CHECK_ERRNO(EINVAL, accept4(bound(SOCK_STREAM, "@other"), NULL, NULL, 1));
}

static void abstract_names(void) {
  struct sockaddr_un name;
  socklen_t length = address(&name, "@ab");
  const int one = bound(SOCK_DGRAM, "@ab"), two = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK_ERRNO(EADDRINUSE, bind(two, (struct sockaddr *)&name, length));
  length = sizeof name;
  CHECK(getsockname(one, (struct sockaddr *)&name, &length) == 0 && length == 5 && memcmp(name.sun_path, "\0ab", 3) == 0);
  length = sizeof name;
  CHECK(getsockname(two, (struct sockaddr *)&name, &length) == 0 && length == 2);
  CHECK(bind(two, (struct sockaddr *)&name, 2) == 0);  // any
  length = sizeof name;
  CHECK(getsockname(two, (struct sockaddr *)&name, &length) == 0 && length == 8 && name.sun_path[0] == 0);
  CHECK_ERRNO(ENOTCONN, getpeername(two, (struct sockaddr *)&name, &length));
  CHECK(close(one) == 0 && close(bound(SOCK_DGRAM, "@ab")) == 0);
  CHECK_ERRNO(EINVAL, bind(two, (struct sockaddr *)&name, 111));
  CHECK_ERRNO(EINVAL, bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&name, 1));
}

static void datagrams(void) {
  const int server = bound(SOCK_DGRAM, "@server"), client = bound(SOCK_DGRAM, "@client");
  struct sockaddr_un to, from;
  const socklen_t length = address(&to, "@server");
  char buffer[64];
  CHECK(sendto(client, "one", 3, 0, (struct sockaddr *)&to, length) == 3);
  CHECK(sendto(client, "second", 6, 0, (struct sockaddr *)&to, length) == 6);
  CHECK(sendto(client, "", 0, 0, (struct sockaddr *)&to, length) == 0);
  socklen_t got = sizeof from;
  CHECK(recvfrom(server, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &got) == 3 && got == 9 &&
        memcmp(from.sun_path, "\0client", 7) == 0);
  CHECK(recv(server, buffer, 2, MSG_TRUNC | MSG_PEEK) == 6 && recv(server, buffer, 2, 0) == 2);
  CHECK(recv(server, buffer, 2, 0) == 0);
  CHECK_ERRNO(ENOTCONN, send(client, "x", 1, 0));
  CHECK(try_connect(client, "@server") == 0 && sends(client, "direct") && receives(server, "direct"));
  const int stranger = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(try_connect(server, "@client") == 0);
  CHECK_ERRNO(EPERM, sendto(stranger, "x", 1, 0, (struct sockaddr *)&to, length));
  CHECK_ERRNO(EPERM, try_connect(stranger, "@server"));
  CHECK(close(server) == 0);
  CHECK_ERRNO(ECONNREFUSED, send(client, "x", 1, 0));
  CHECK_ERRNO(ENOTCONN, send(client, "x", 1, 0));
  static char big[1 << 20];
  int ends[2];
  pair(SOCK_DGRAM, ends);
  CHECK_ERRNO(EMSGSIZE, send(ends[0], big, sizeof big, 0));
  CHECK(send(ends[0], big, 100000, 0) == 100000 && recv(ends[1], big, sizeof big, 0) == 100000);
  CHECK((events_of(ends[0], POLLIN | POLLOUT)) == POLLOUT);
}

static void queue_of_datagrams(void) {
  const int server = bound(SOCK_DGRAM, "@queue"), client = connected(SOCK_DGRAM, "@queue");
  CHECK(fcntl(client, F_SETFL, O_NONBLOCK) == 0);
  int sent = 0;
  while (send(client, "x", 1, 0) == 1) ++sent;
  CHECK(errno == EAGAIN && sent == 11 && (events_of(client, POLLOUT) & POLLOUT) == 0);
  CHECK(receives(server, "x") && (events_of(client, POLLOUT) & POLLOUT) != 0);
}

static void sequential(void) {
  int ends[2];
  char buffer[16];
  signal(SIGPIPE, SIG_IGN);
  pair(SOCK_SEQPACKET, ends);
  CHECK(sends(ends[0], "first") && sends(ends[0], "second"));
  CHECK(recv(ends[1], buffer, 3, 0) == 3 && recv(ends[1], buffer, sizeof buffer, 0) == 6);
  CHECK(close(ends[0]) == 0 && recv(ends[1], buffer, 1, 0) == 0);
  CHECK_ERRNO(EPIPE, send(ends[1], "x", 1, MSG_NOSIGNAL));
  const int listener = bound(SOCK_SEQPACKET, "@seq");
  CHECK(listen(listener, 5) == 0);
  CHECK_ERRNO(ENOTCONN, send(socket(AF_UNIX, SOCK_SEQPACKET, 0), "x", 1, 0));
  const int client = connected(SOCK_SEQPACKET, "@seq"), end = accept(listener, NULL, NULL);
  CHECK(sends(client, "in one piece") && receives(end, "in one piece"));
  CHECK_ERRNO(EOPNOTSUPP, listen(socket(AF_UNIX, SOCK_DGRAM, 0), 5));
}

// A message of BYTES with descriptors.
static ssize_t pass(int end, const char *text, const int *descriptors, size_t count) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(300 * sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct iovec part = {(void *)text, strlen(text)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(&control.header), descriptors, count * sizeof(int));
  return syscall(SYS_sendmsg, end, &message, MSG_NOSIGNAL);  // libc's has a limit of its own
}
// How many descriptors came; the flags of the message.
static int take(int end, int *descriptors, size_t room, int flags, int *told) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(16 * sizeof(int))];
  } control;
  char buffer[64];
  struct iovec part = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room ? &control : NULL, .msg_controllen = room ? CMSG_LEN(room * sizeof(int)) : 0};
  CHECK(recvmsg(end, &message, flags) >= 0);
  *told = message.msg_flags;
  if (message.msg_controllen == 0) return 0;
  CHECK(control.header.cmsg_level == SOL_SOCKET && control.header.cmsg_type == SCM_RIGHTS);
  const size_t count = (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
  memcpy(descriptors, CMSG_DATA(&control.header), count * sizeof(int));
  return (int)count;
}

static void rights(void) {
  int ends[2], pipe_ends[2], got[16], told;
  char buffer[8];
  pair(SOCK_STREAM, ends);
  CHECK(pipe(pipe_ends) == 0);
  CHECK(pass(ends[0], "a", pipe_ends, 2) == 1 && sends(ends[0], "b"));
  CHECK(close(pipe_ends[0]) == 0 && close(pipe_ends[1]) == 0);
  CHECK(take(ends[1], got, 4, MSG_CMSG_CLOEXEC, &told) == 2 && (told & MSG_CTRUNC) == 0);
  CHECK((fcntl(got[0], F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(write(got[1], "piped", 5) == 5 && read(got[0], buffer, 8) == 5);
  CHECK(receives(ends[1], "b"));  // not put together
  CHECK(pass(ends[0], "c", got, 2) == 1 && take(ends[1], got + 2, 1, 0, &told) == 1 && (told & MSG_CTRUNC) != 0);
  CHECK(pass(ends[0], "d", got, 2) == 1 && take(ends[1], got + 3, 0, 0, &told) == 0 && (told & MSG_CTRUNC) != 0);
  CHECK_ERRNO(EBADF, pass(ends[0], "e", (const int[]){99}, 1));
  int many[254];
  for (int at = 0; at < 254; ++at) many[at] = got[0];
  CHECK_ERRNO(EINVAL, pass(ends[0], "f", many, 254));
  // What is never received is closed: the reader of this pipe sees its end.
  int lonely[2];
  CHECK(pipe(lonely) == 0 && pass(ends[0], "g", &lonely[1], 1) == 1 && close(lonely[1]) == 0);
  CHECK(events_of(lonely[0], POLLIN) == 0);
  CHECK(close(ends[1]) == 0 && (events_of(lonely[0], POLLIN) & POLLHUP) != 0);
}

// Sockets that are only in each other's queues go, and what they hold with them.
static void unreachable(void) {
  for (int round = 0; round < 200; ++round) {
    int ends[2], other[2], pipe_ends[2];
    pair(SOCK_STREAM, ends);
    pair(SOCK_DGRAM, other);
    CHECK(pipe(pipe_ends) == 0);
    CHECK(pass(ends[0], "self", &ends[1], 1) == 4);
    CHECK(pass(ends[0], "pipe", &pipe_ends[1], 1) == 4);
    CHECK(pass(other[0], "x", &ends[0], 1) == 1 && pass(ends[0], "y", &other[1], 1) == 1);
    close(other[0]);
    close(ends[round % 2]);
    close(other[1]);
    // With ends[1] closed its queue, which holds it and the pipe, is out of reach already.
    CHECK(close(pipe_ends[1]) == 0 && (round % 2 == 1 || events_of(pipe_ends[0], POLLIN) == 0));
    close(ends[1 - round % 2]);
    // Linux looks for them in its own time, and when sockets with descriptors on their way are closed.
    struct pollfd end = {.fd = pipe_ends[0], .events = POLLIN};
    for (int tries = 0; poll(&end, 1, 5) == 0 && tries < 1000; ++tries) {
      pair(SOCK_DGRAM, other);
      CHECK(pass(other[0], "x", &other[0], 1) == 1 && close(other[0]) == 0 && close(other[1]) == 0);
    }
    CHECK((end.revents & POLLHUP) != 0);
    close(pipe_ends[0]);
  }
}

static void in_flight_limit(void) {
  // A user of its own: all of a user's count.
  if (geteuid() == 0) CHECK(setgid(1234) == 0 && setuid(10000 + (uid_t)getpid() % 50000) == 0);
  const struct rlimit few = {40, 40};
  CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
  int ends[2], sent = 0;
  pair(SOCK_DGRAM | SOCK_NONBLOCK, ends);
  const int file = open("/dev/null", O_RDONLY);
  while (pass(ends[0], "x", &file, 1) == 1 && sent < 1000) ++sent;
  CHECK(errno == ETOOMANYREFS && sent >= 30 && sent <= 50);
}

static void credentials(void) {
  int ends[2];
  const int on = 1;
  pair(SOCK_DGRAM, ends);
  struct ucred ids;
  socklen_t length = sizeof ids;
  CHECK(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &ids, &length) == 0 && ids.pid == getpid() && ids.uid == geteuid());
  CHECK(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
  const pid_t child = fork();
  const uid_t real = geteuid() == 0 ? 4321 : getuid();
  if (child == 0) _exit((real != getuid() && setresuid(real, 0, 0) != 0) || !sends(ends[0], "who"));
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(struct ucred))];
  } control;
  char buffer[8];
  struct iovec part = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  CHECK(recvmsg(ends[1], &message, 0) == 3 && message.msg_controllen == CMSG_SPACE(sizeof ids));
  CHECK(control.header.cmsg_type == SCM_CREDENTIALS && control.header.cmsg_len == CMSG_LEN(sizeof ids));
  memcpy(&ids, CMSG_DATA(&control.header), sizeof ids);
  CHECK(ids.pid == child && ids.uid == real && ids.gid == getegid());
  // Another's ids are root's to give.
  if (geteuid() == 0) CHECK(setgid(1234) == 0 && setuid(1234) == 0);
  ids.pid = getpid(), ids.uid = 0, ids.gid = getgid();
  memcpy(CMSG_DATA(&control.header), &ids, sizeof ids);
  message.msg_controllen = sizeof control;
  CHECK_ERRNO(EPERM, sendmsg(ends[0], &message, 0));
  ids.uid = getuid();
  memcpy(CMSG_DATA(&control.header), &ids, sizeof ids);
  CHECK(sendmsg(ends[0], &message, 0) == 8);
}

static void options(void) {
  int ends[2], value = 0;
  socklen_t length = sizeof value;
  pair(SOCK_STREAM, ends);
#define OPTION(name) (length = sizeof value, getsockopt(ends[0], SOL_SOCKET, name, &value, &length) == 0 ? value : -1)
  CHECK(OPTION(SO_TYPE) == SOCK_STREAM && OPTION(SO_DOMAIN) == AF_UNIX && OPTION(SO_PROTOCOL) == 0);
  CHECK(OPTION(SO_ACCEPTCONN) == 0 && OPTION(SO_ERROR) == 0 && OPTION(SO_SNDBUF) > 4096);
  value = 10000;
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof value) == 0 && OPTION(SO_SNDBUF) == 20000);
  value = 1;
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_REUSEADDR, &value, sizeof value) == 0 && OPTION(SO_REUSEADDR) == 1);
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value) == 0);
  CHECK_ERRNO(ENOPROTOOPT, setsockopt(ends[0], SOL_SOCKET, 9999, &value, sizeof value));
  CHECK_ERRNO(EOPNOTSUPP, setsockopt(ends[0], IPPROTO_TCP, 1, &value, sizeof value));
  CHECK_ERRNO(EINVAL, setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &value, 2));
  CHECK_ERRNO(EFAULT, setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, (void *)8, 4));
  const struct timeval soon = {0, 20000};
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) == 0);
  char byte;
  const long long start = now_us();
  CHECK_ERRNO(EAGAIN, recv(ends[0], &byte, 1, 0));
  CHECK(now_us() - start >= 19000);
}

static void several(void) {
  int ends[2];
  char text[3][8];
  pair(SOCK_DGRAM, ends);
  struct iovec parts[3];
  struct mmsghdr messages[3];
  memset(messages, 0, sizeof messages);
  for (int at = 0; at < 3; ++at) {
    snprintf(text[at], sizeof text[at], "m%d", at);
    parts[at] = (struct iovec){text[at], (size_t)at + 1};
    messages[at].msg_hdr.msg_iov = &parts[at];
    messages[at].msg_hdr.msg_iovlen = 1;
  }
  CHECK(sendmmsg(ends[0], messages, 3, 0) == 3 && messages[2].msg_len == 3);
  for (int at = 0; at < 3; ++at) parts[at].iov_len = 8;
  CHECK(recvmmsg(ends[1], messages, 3, MSG_WAITFORONE, NULL) == 3 && messages[0].msg_len == 1 && messages[2].msg_len == 3);
  CHECK(sends(ends[0], "x") && recvmmsg(ends[1], messages, 3, MSG_WAITFORONE, NULL) == 1);
  struct timespec nothing = {0, 0};
  CHECK(sends(ends[0], "x") && sends(ends[0], "y") && recvmmsg(ends[1], messages, 2, 0, &nothing) == 1);
  CHECK_ERRNO(EAGAIN, recvmmsg(ends[0], messages, 2, MSG_DONTWAIT, NULL));
  struct msghdr wide = {.msg_iov = parts, .msg_iovlen = 2000};
  CHECK_ERRNO(EMSGSIZE, sendmsg(ends[0], &wide, 0));
}

static void from_files(void) {
  int ends[2];
  pair(SOCK_STREAM, ends);
  make_file("text", "through a socket");
  const int file = open("text", O_RDONLY);
  CHECK(sendfile(ends[0], file, NULL, 100) == 16 && receives(ends[1], "through a socket"));
  int pipe_ends[2];
  CHECK(pipe(pipe_ends) == 0 && write(pipe_ends[1], "spliced", 7) == 7);
  CHECK(splice(pipe_ends[0], NULL, ends[0], NULL, 100, 0) == 7 && receives(ends[1], "spliced"));
}

static void permissions(void) {
  const int listener = bound(SOCK_STREAM, "private");
  CHECK(listen(listener, 5) == 0 && chmod("private", 0600) == 0);
  if (geteuid() != 0) return;
  CHECK(chmod(".", 0777) == 0 && setgid(1234) == 0 && setuid(1234) == 0);
  CHECK_ERRNO(EACCES, try_connect(socket(AF_UNIX, SOCK_STREAM, 0), "private"));
}

static void interrupted(int signal) { (void)signal; }
static void interruption(void) {
  int ends[2];
  char byte;
  pair(SOCK_STREAM, ends);
  const struct sigaction action = {.sa_handler = interrupted};
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  const struct itimerval soon = {{0, 5000}, {0, 5000}};
  CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
  CHECK_ERRNO(EINTR, recv(ends[0], &byte, 1, 0));
}

static const struct test tests[] = {
    {"families", families},       {"stream", stream},           {"wait-all", wait_all},     {"ends-close", ends_close},
    {"shutdown", shut},           {"full", full},               {"path", by_path},          {"unaccepted", unaccepted},
    {"abstract", abstract_names}, {"datagrams", datagrams},     {"datagram-queue", queue_of_datagrams},
    {"seqpacket", sequential},    {"rights", rights},           {"unreachable", unreachable}, {"in-flight-limit", in_flight_limit},
    {"credentials", credentials}, {"options", options},         {"several", several},       {"from-files", from_files},
    {"permissions", permissions}, {"interruption", interruption},
};
SUITE(socket_suite, "socket", tests);
