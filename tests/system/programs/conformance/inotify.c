// SPDX-License-Identifier: Apache-2.0
// inotify: which events come, in which order, and the errors.
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static int notify;
static char events[65536];
static ssize_t filled, taken;

static const struct inotify_event *next(void) {
  if (taken == filled) {
    filled = read(notify, events, sizeof(events));
    taken = 0;
    if (filled <= 0) {
      filled = 0;
      return NULL;
    }
  }
  const struct inotify_event *event = (const struct inotify_event *)(const void *)(events + taken);
  taken += (ssize_t)(sizeof(*event) + event->len);
  return event;
}

// The next event is this one; returns its cookie.
static unsigned expect(int line, int watch, unsigned mask, const char *name) {
  const struct inotify_event *event = next();
  if (event && event->wd == watch && event->mask == mask && strcmp(event->len ? event->name : "", name) == 0)
    return event->cookie;
  printf("  line %d: expected %d %x '%s', got ", line, watch, mask, name);
  if (event) printf("%d %x '%s'\n", event->wd, event->mask, event->len ? event->name : "");
  else printf("nothing\n");
  fflush(stdout);
  test_failed(__FILE__, line, "the expected event comes");
}
#define EXPECT(...) expect(__LINE__, __VA_ARGS__)
#define NOTHING CHECK(taken == filled && read(notify, events, sizeof(events)) == -1 && errno == EAGAIN)

static void start(void) {
  notify = inotify_init1(IN_NONBLOCK);
  SKIP_UNLESS_THERE(notify);
  CHECK(notify >= 0);
}

static void file_events(void) {
  start();
  make_file("f", "text");
  const int watch = inotify_add_watch(notify, "f", IN_ALL_EVENTS), parent = inotify_add_watch(notify, ".", IN_ALL_EVENTS);
  CHECK(watch == 1 && parent == 2);
  char bytes[4];
  const int file = open("f", O_RDWR);
  EXPECT(parent, IN_OPEN, "f");
  EXPECT(watch, IN_OPEN, "");
  CHECK(read(file, bytes, 4) == 4 && read(file, bytes, 4) == 0 && write(file, "x", 1) == 1);
  EXPECT(parent, IN_ACCESS, "f");
  EXPECT(watch, IN_ACCESS, "");
  EXPECT(parent, IN_MODIFY, "f");
  EXPECT(watch, IN_MODIFY, "");
  CHECK(fchmod(file, 0600) == 0 && ftruncate(file, 1) == 0 && close(file) == 0);
  EXPECT(parent, IN_ATTRIB, "f");
  EXPECT(watch, IN_ATTRIB, "");
  EXPECT(parent, IN_MODIFY, "f");
  EXPECT(watch, IN_MODIFY, "");
  EXPECT(parent, IN_CLOSE_WRITE, "f");
  EXPECT(watch, IN_CLOSE_WRITE, "");
  CHECK(close(open("f", O_RDONLY)) == 0);
  EXPECT(parent, IN_OPEN, "f");
  EXPECT(watch, IN_OPEN, "");
  EXPECT(parent, IN_CLOSE_NOWRITE, "f");
  EXPECT(watch, IN_CLOSE_NOWRITE, "");
  CHECK(chown("f", 1, 1) == 0 && utimensat(AT_FDCWD, "f", NULL, 0) == 0 && truncate("f", 0) == 0);
  EXPECT(parent, IN_ATTRIB, "f");
  EXPECT(watch, IN_ATTRIB, "");
  EXPECT(parent, IN_ATTRIB, "f");
  EXPECT(watch, IN_ATTRIB, "");
  EXPECT(parent, IN_MODIFY, "f");
  EXPECT(watch, IN_MODIFY, "");
  NOTHING;
}

static void names(void) {
  start();
  const int watch = inotify_add_watch(notify, ".", IN_ALL_EVENTS & ~(IN_OPEN | IN_CLOSE | IN_ACCESS));
  CHECK(close(open("f", O_WRONLY | O_CREAT, 0600)) == 0 && mkdir("d", 0700) == 0 && symlink("f", "s") == 0);
  EXPECT(watch, IN_CREATE, "f");
  EXPECT(watch, IN_CREATE | IN_ISDIR, "d");
  EXPECT(watch, IN_CREATE, "s");
  CHECK(mkfifo("p", 0600) == 0 && link("f", "h") == 0);
  EXPECT(watch, IN_CREATE, "p");
  EXPECT(watch, IN_CREATE, "h");
  CHECK(unlink("h") == 0 && rmdir("d") == 0 && unlink("p") == 0);
  EXPECT(watch, IN_DELETE, "h");
  EXPECT(watch, IN_DELETE | IN_ISDIR, "d");
  EXPECT(watch, IN_DELETE, "p");
  CHECK_ERRNO(ENOENT, unlink("nothing"));
  CHECK_ERRNO(EEXIST, mkdir("f", 0700));
  NOTHING;
}

static void renames(void) {
  start();
  CHECK(mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0 && mkdir("a/d", 0700) == 0);
  make_file("a/f", "x");
  make_file("b/old", "x");
  const unsigned mask = IN_ALL_EVENTS & ~(IN_OPEN | IN_CLOSE | IN_ACCESS);
  const int a = inotify_add_watch(notify, "a", mask), b = inotify_add_watch(notify, "b", mask);
  const int f = inotify_add_watch(notify, "a/f", mask), old = inotify_add_watch(notify, "b/old", mask);
  const int d = inotify_add_watch(notify, "a/d", mask);
  CHECK(rename("a/f", "b/f") == 0);
  const unsigned from = EXPECT(a, IN_MOVED_FROM, "f"), to = EXPECT(b, IN_MOVED_TO, "f");
  CHECK(from != 0 && from == to);
  EXPECT(f, IN_MOVE_SELF, "");
  CHECK(rename("a/d", "a/e") == 0);
  const unsigned first = EXPECT(a, IN_MOVED_FROM | IN_ISDIR, "d"), second = EXPECT(a, IN_MOVED_TO | IN_ISDIR, "e");
  CHECK(first == second && first != from);
  EXPECT(d, IN_MOVE_SELF, "");
  CHECK(rename("b/f", "b/old") == 0);
  CHECK(EXPECT(b, IN_MOVED_FROM, "f") == EXPECT(b, IN_MOVED_TO, "old"));
  EXPECT(old, IN_ATTRIB, "");
  EXPECT(f, IN_MOVE_SELF, "");
  EXPECT(old, IN_DELETE_SELF, "");
  EXPECT(old, IN_IGNORED, "");
  NOTHING;
  // Events of children follow the new name.
  CHECK(truncate("b/old", 0) == 0);
  EXPECT(b, IN_MODIFY, "old");
  EXPECT(f, IN_MODIFY, "");
  NOTHING;
}

static void deletions(void) {
  start();
  make_file("f", "x");
  CHECK(mkdir("d", 0700) == 0 && link("f", "g") == 0);
  const int f = inotify_add_watch(notify, "f", IN_ALL_EVENTS), d = inotify_add_watch(notify, "d", IN_ALL_EVENTS);
  CHECK(unlink("g") == 0);
  EXPECT(f, IN_ATTRIB, "");
  CHECK(link("f", "h") == 0 && unlink("h") == 0);
  EXPECT(f, IN_ATTRIB, "");
  NOTHING;  // the same event twice is one
  CHECK(rmdir("d") == 0);
  EXPECT(d, IN_DELETE_SELF, "");
  EXPECT(d, IN_IGNORED, "");
  const int file = open("f", O_RDONLY);
  EXPECT(f, IN_OPEN, "");
  CHECK(unlink("f") == 0);
  EXPECT(f, IN_ATTRIB, "");
  NOTHING;
  CHECK(close(file) == 0);
  EXPECT(f, IN_CLOSE_NOWRITE, "");
  EXPECT(f, IN_DELETE_SELF, "");
  EXPECT(f, IN_IGNORED, "");
  CHECK_ERRNO(EINVAL, inotify_rm_watch(notify, f));
  NOTHING;
}

static void watches(void) {
  start();
  make_file("f", "x");
  CHECK(mkdir("d", 0700) == 0 && symlink("d", "l") == 0);
  const int f = inotify_add_watch(notify, "f", IN_OPEN);
  CHECK(f == 1 && inotify_add_watch(notify, "f", IN_CLOSE | IN_MASK_ADD) == f && inotify_add_watch(notify, "d", IN_OPEN) == 2);
  CHECK(close(open("f", O_RDONLY)) == 0);
  EXPECT(f, IN_OPEN, "");
  EXPECT(f, IN_CLOSE_NOWRITE, "");
  CHECK(inotify_add_watch(notify, "f", IN_CLOSE) == f && close(open("f", O_RDONLY)) == 0);
  EXPECT(f, IN_CLOSE_NOWRITE, "");
  CHECK_ERRNO(EEXIST, inotify_add_watch(notify, "f", IN_OPEN | IN_MASK_CREATE));
  CHECK_ERRNO(EINVAL, inotify_add_watch(notify, "f", IN_OPEN | IN_MASK_CREATE | IN_MASK_ADD));
  CHECK(inotify_rm_watch(notify, f) == 0);
  EXPECT(f, IN_IGNORED, "");
  CHECK_ERRNO(EINVAL, inotify_rm_watch(notify, f));
  CHECK(inotify_add_watch(notify, "f", IN_OPEN | IN_ONESHOT) == 3);  // numbers are not used again
  CHECK(close(open("f", O_RDONLY)) == 0);
  EXPECT(3, IN_OPEN, "");
  EXPECT(3, IN_IGNORED, "");
  NOTHING;
  CHECK(inotify_add_watch(notify, "l", IN_OPEN) == 2);
  CHECK(inotify_add_watch(notify, "l", IN_OPEN | IN_DONT_FOLLOW) == 4);
  CHECK_ERRNO(ENOTDIR, inotify_add_watch(notify, "f", IN_OPEN | IN_ONLYDIR));
  CHECK_ERRNO(ENOENT, inotify_add_watch(notify, "nothing", IN_OPEN));
  CHECK_ERRNO(EFAULT, inotify_add_watch(notify, NULL, IN_OPEN));
  CHECK_ERRNO(EINVAL, inotify_add_watch(notify, "f", 0));
  CHECK_ERRNO(EBADF, inotify_add_watch(1000, "f", IN_OPEN));
  CHECK_ERRNO(EINVAL, inotify_add_watch(open("f", O_RDONLY), "f", IN_OPEN));
  CHECK_ERRNO(EBADF, inotify_rm_watch(1000, 1));
  CHECK_ERRNO(EINVAL, inotify_rm_watch(open("f", O_RDONLY), 1));
  CHECK_ERRNO(EINVAL, inotify_init1(1));
}

static void unlinked_children(void) {
  start();
  make_file("f", "x");
  const int file = open("f", O_RDWR);
  const int watch = inotify_add_watch(notify, ".", IN_MODIFY | IN_EXCL_UNLINK);
  CHECK(write(file, "y", 1) == 1 && unlink("f") == 0 && write(file, "y", 1) == 1);
  EXPECT(watch, IN_MODIFY, "f");
  NOTHING;
}

static void reading(void) {
  start();
  CHECK(mkdir("d", 0700) == 0);
  const int watch = inotify_add_watch(notify, "d", IN_CREATE);
  char small[16];
  int bytes = -1;
  CHECK(ioctl(notify, FIONREAD, &bytes) == 0 && bytes == 0);
  CHECK_ERRNO(EAGAIN, read(notify, small, sizeof(small)));
  CHECK(mkdir("d/one", 0700) == 0 && mkdir("d/a-name-of-16-byt", 0700) == 0);
  CHECK(ioctl(notify, FIONREAD, &bytes) == 0 && bytes == 32 + 48);
  CHECK_ERRNO(EINVAL, read(notify, small, sizeof(small)));
  struct pollfd asked = {.fd = notify, .events = POLLIN | POLLOUT};
  CHECK(poll(&asked, 1, 0) == 1 && asked.revents == POLLIN);
  CHECK(read(notify, events, 79) == 32 && ioctl(notify, FIONREAD, &bytes) == 0 && bytes == 48);
  CHECK_ERRNO(EBADF, write(notify, small, 1));
  EXPECT(watch, IN_CREATE | IN_ISDIR, "a-name-of-16-byt");
  CHECK(poll(&asked, 1, 0) == 0);
  // Blocking, and with epoll.
  const int set = epoll_create1(0);
  struct epoll_event ready = {.events = EPOLLIN | EPOLLET};
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, notify, &ready) == 0 && epoll_wait(set, &ready, 1, 0) == 0);
  CHECK(fcntl(notify, F_SETFL, 0) == 0);
  const pid_t child = fork();
  if (child == 0) {
    EXPECT(watch, IN_CREATE, "f");
    _exit(0);
  }
  CHECK(wait_for_state(child, 'S'));
  make_file("d/f", "x");
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0) && epoll_wait(set, &ready, 1, 0) <= 1);
}

static void overflow(void) {
  start();
  CHECK(mkdir("d", 0700) == 0);
  const int watch = inotify_add_watch(notify, "d", IN_ATTRIB), parent = inotify_add_watch(notify, ".", IN_ATTRIB);
  int limit = 16384;
  FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
  CHECK(file && fscanf(file, "%d", &limit) == 1);
  fclose(file);
  // Two different events in turn are not joined.
  for (int i = 0; i < limit; ++i) CHECK(chmod("d", 0700) == 0);
  int count = 0;
  const struct inotify_event *event;
  unsigned last = 0;
  while ((event = next())) {
    if (count < limit) CHECK((event->wd == watch || event->wd == parent) && event->mask == (IN_ATTRIB | IN_ISDIR));
    last = event->mask;
    if (last == IN_Q_OVERFLOW) CHECK(event->wd == -1 && event->len == 0 && event->cookie == 0);
    ++count;
  }
  CHECK(count == limit + 1 && last == IN_Q_OVERFLOW);
  CHECK(chmod("d", 0700) == 0);
  EXPECT(parent, IN_ATTRIB | IN_ISDIR, "d");
}

static void instances(void) {
  int limit = 128;
  CHECK(setuid(1234) == 0);
  int made = 0;
  while (inotify_init() >= 0) ++made;
  CHECK(errno == EMFILE && made == limit);
}

static const struct test tests[] = {
    {"file_events", file_events}, {"names", names},     {"renames", renames},     {"deletions", deletions},
    {"watches", watches},         {"unlinked_children", unlinked_children},     {"reading", reading},
    {"overflow", overflow},       {"instances", instances},
};
SUITE(inotify_suite, "inotify", tests);
