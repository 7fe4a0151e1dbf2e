// SPDX-License-Identifier: Apache-2.0
// Pipes and fifos: capacity, atomic writes, ends that close.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static void ends_close(void) {
  int ends[2];
  char bytes[8];
  CHECK(pipe(ends) == 0 && write(ends[1], "left", 4) == 4 && close(ends[1]) == 0);
  CHECK(read(ends[0], bytes, 8) == 4 && read(ends[0], bytes, 8) == 0 && read(ends[0], bytes, 0) == 0);
  CHECK_ERRNO(EBADF, write(ends[0], "x", 1));
  CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
  signal(SIGPIPE, SIG_IGN);
  CHECK_ERRNO(EPIPE, write(ends[1], "x", 1));
}

static void write_alone(void) {
  int ends[2];
  if (pipe(ends) == 0 && close(ends[0]) == 0) (void)!write(ends[1], "x", 1);
}
static void broken(void) { CHECK(died_of(child_status(write_alone), SIGPIPE)); }

static void capacity(void) {
  int ends[2], waiting = -1;
  static char bytes[70000];
  CHECK(pipe2(ends, O_NONBLOCK) == 0);
  CHECK_ERRNO(EAGAIN, read(ends[0], bytes, 1));
  CHECK(write(ends[1], bytes, sizeof(bytes)) == 65536);
  CHECK_ERRNO(EAGAIN, write(ends[1], bytes, 1));
  CHECK(ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 65536);
  CHECK(read(ends[0], bytes, 100) == 100);
  CHECK_ERRNO(EAGAIN, write(ends[1], bytes, 4096));  // not as a whole
  CHECK(read(ends[0], bytes, 4096) == 4096 && write(ends[1], bytes, 4096) == 4096);
  CHECK(fcntl(ends[1], F_GETPIPE_SZ) == 65536);
  CHECK_ERRNO(EINVAL, pipe2(ends, 0x12345));
}

static void atomic_writes(void) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  for (char writer = 'a'; writer < 'e'; ++writer) {
    if (fork() == 0) {
      char line[1000];
      memset(line, writer, sizeof(line));
      for (int i = 0; i < 100; ++i) CHECK(write(ends[1], line, sizeof(line)) == (ssize_t)sizeof(line));
      _exit(0);
    }
  }
  close(ends[1]);
  char line[1000];
  int lines = 0;
  for (;;) {
    size_t got = 0;
    while (got < sizeof(line)) {
      const ssize_t more = read(ends[0], line + got, sizeof(line) - got);
      if (more <= 0) break;
      got += (size_t)more;
    }
    if (got == 0) break;
    CHECK(got == sizeof(line));
    for (size_t at = 1; at < sizeof(line); ++at) CHECK(line[at] == line[0]);
    ++lines;
  }
  CHECK(lines == 400);
}

static void big_transfer(void) {
  int ends[2];
  enum { kBytes = 3 << 20 };
  CHECK(pipe(ends) == 0);
  if (fork() == 0) {
    static unsigned char chunk[100000];
    unsigned value = 0;
    for (int left = kBytes; left > 0;) {
      const int now = left < (int)sizeof(chunk) ? left : (int)sizeof(chunk);
      for (int i = 0; i < now; ++i) chunk[i] = (unsigned char)(value++ * 31 >> 3);
      CHECK(write(ends[1], chunk, (size_t)now) == now);
      left -= now;
    }
    _exit(0);
  }
  close(ends[1]);
  unsigned value = 0;
  static unsigned char chunk[7777];
  ssize_t got;
  while ((got = read(ends[0], chunk, sizeof(chunk))) > 0) {
    for (ssize_t i = 0; i < got; ++i) CHECK(chunk[i] == (unsigned char)(value++ * 31 >> 3));
  }
  CHECK(got == 0 && value == kBytes);
}

static void fifo_opening(void) {
  CHECK(mkfifo("p", 0600) == 0);
  CHECK_ERRNO(ENXIO, open("p", O_WRONLY | O_NONBLOCK));
  const int reader = open("p", O_RDONLY | O_NONBLOCK);
  CHECK(reader >= 0);
  char byte;
  CHECK(read(reader, &byte, 1) == 0);
  const int writer = open("p", O_WRONLY | O_NONBLOCK);
  CHECK(writer >= 0);
  CHECK_ERRNO(EAGAIN, read(reader, &byte, 1));
  CHECK(write(writer, "z", 1) == 1 && read(reader, &byte, 1) == 1 && close(writer) == 0 && read(reader, &byte, 1) == 0);
  close(reader);
  if (fork() == 0) {  // the two wait for each other
    const int file = open("p", O_WRONLY);
    CHECK(write(file, "both", 4) == 4);
    _exit(0);
  }
  const int file = open("p", O_RDONLY);
  char text[4];
  CHECK(read(file, text, 4) == 4);
}

// By its name in /proc a pipe is opened at once, even when the other end is gone.
static void reopened(void) {
  int ends[2];
  char name[32], text[8];
  CHECK(pipe(ends) == 0 && write(ends[1], "late", 4) == 4);
  snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
  close(ends[1]);
  const int again = open(name, O_RDONLY);
  CHECK(again >= 0 && read(again, text, 8) == 4 && read(again, text, 8) == 0);
  CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
  snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[1]);
  CHECK(open(name, O_WRONLY) >= 0 && open(name, O_WRONLY | O_NONBLOCK) >= 0);
}

static void splices(void) {
  int a[2], b[2];
  char text[8];
  CHECK(pipe(a) == 0 && pipe(b) == 0 && write(a[1], "splice", 6) == 6);
  const ssize_t moved = splice(a[0], NULL, b[1], NULL, 6, 0);
  CHECK(moved == 6 || (moved == -1 && (errno == ENOSYS || errno == EINVAL)));  // a program falls back
  if (moved == 6) CHECK(read(b[0], text, 8) == 6 && memcmp(text, "splice", 6) == 0);
}

static const struct test tests[] = {
    {"ends_close", ends_close}, {"broken", broken}, {"capacity", capacity}, {"atomic_writes", atomic_writes},
    {"big_transfer", big_transfer}, {"fifo_opening", fifo_opening}, {"reopened", reopened}, {"splices", splices},
};
SUITE(pipe_suite, "pipe", tests);
