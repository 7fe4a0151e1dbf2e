// SPDX-License-Identifier: Apache-2.0
// io_uring: the rings, reading and writing, waiting, chains.
#include "ring.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

struct duration {
  int64_t seconds, nanoseconds;
};
static struct duration hour = {3600, 0}, moment = {0, 5000000}, past = {0, 1};

static void setup(void) {
  struct ring_params params = {0};
  struct ring *const ring = ring_make(5);
  CHECK(ring->params.sq_entries == 8 && ring->params.cq_entries == 16);
  CHECK(*ring_word(ring, ring->params.sq.mask) == 7 && *ring_word(ring, ring->params.cq.mask) == 15);
  CHECK((fcntl(ring->fd, F_GETFD) & FD_CLOEXEC) != 0);
  void *const second = mmap(NULL, 4096, PROT_READ, MAP_SHARED, ring->fd, 0x8000000);
  CHECK(second != MAP_FAILED && memcmp(second, ring->memory, 64) == 0 && munmap(second, 4096) == 0);
  ring_end(ring);
  CHECK_ERRNO(EINVAL, ring_setup(0, &params));
  CHECK_ERRNO(EINVAL, ring_setup(32769, &params));
  CHECK_ERRNO(EFAULT, ring_setup(8, (void *)8));
  params.reserved[1] = 1;
  CHECK_ERRNO(EINVAL, ring_setup(8, &params));
  params = (struct ring_params){.flags = 1 << 3};
  CHECK_ERRNO(EINVAL, ring_setup(8, &params));  // no size given
  params = (struct ring_params){.flags = 1 << 3, .cq_entries = 4};
  CHECK_ERRNO(EINVAL, ring_setup(8, &params));
  params = (struct ring_params){.flags = 1u << 31};
  CHECK_ERRNO(EINVAL, ring_setup(8, &params));
  params = (struct ring_params){.flags = 1 << 4 | 1 << 3, .cq_entries = 1000000};
  struct ring *const large = ring_make_with(100000, params);
  CHECK(large->params.sq_entries == 32768 && large->params.cq_entries == 65536);
  ring_end(large);
  struct ring none = {.fd = 1};
  CHECK_ERRNO(EOPNOTSUPP, ring_enter(&none, 0, 0, 0));
  none.fd = -1;
  CHECK_ERRNO(EBADF, ring_enter(&none, 0, 0, 0));
}

static void nothing(void) {
  struct ring *const ring = ring_make(4);
  CHECK(ring_enter(ring, 4, 0, 0) == 0);
  for (uint64_t round = 1; round < 20; ++round) {
    ring_put(ring, (struct sqe){.op = kOpNop, .data = round});
    ring_put(ring, (struct sqe){.op = kOpNop, .data = round + 100, .options = kAsync});
    CHECK(ring_submit(ring) == 2);
    uint64_t seen = ring_take(ring).data;
    seen += ring_take(ring).data;
    CHECK(seen == 2 * round + 100);
  }
  CHECK(ring_ready(ring) == 0 && *ring_word(ring, ring->params.sq.head) == 38);
  ring_put(ring, (struct sqe){.op = 250, .data = 1});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 1, -EINVAL);
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 2, .options = kSkipSuccess});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 3});
  CHECK(ring_submit(ring) == 2);
  TAKE(ring, 3, 0);
  // What is wrong ends the batch.
  ring_put(ring, (struct sqe){.op = 250, .data = 4});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 5});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 4, -EINVAL);
  CHECK(ring_enter(ring, 1, 0, 0) == 1);
  TAKE(ring, 5, 0);
  CHECK_ERRNO(EINVAL, ring_enter(ring, 0, 0, 1u << 30));
  ring_end(ring);
}

static void files(void) {
  struct ring *const ring = ring_make(8);
  char text[32] = {0};
  const int file = open("file", O_RDWR | O_CREAT, 0600);
  struct iovec parts[2] = {{"Hello, ", 7}, {"world", 5}};
  ring_put(ring, (struct sqe){.op = kOpWritev, .fd = file, .addr = (uintptr_t)parts, .len = 2, .data = 1});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 1, 12);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = file, .addr = (uintptr_t)text, .len = 31, .off = 7, .data = 2});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 2, 5);
  CHECK(strcmp(text, "world") == 0 && lseek(file, 0, SEEK_CUR) == 0);
  // Offset -1 is the file's own position.
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = file, .addr = (uintptr_t)text, .len = 7, .off = -1ull, .data = 3});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 3, 7);
  CHECK(memcmp(text, "Hello, ", 7) == 0 && lseek(file, 0, SEEK_CUR) == 7);
  ring_put(ring, (struct sqe){.op = kOpWrite, .fd = file, .addr = (uintptr_t) "there", .len = 5, .off = -1ull, .data = 4});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 4, 5);
  ring_put(ring, (struct sqe){.op = kOpFsync, .fd = file, .data = 5});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 5, 0);
  parts[0] = (struct iovec){text, 3};
  parts[1] = (struct iovec){text + 10, 20};
  ring_put(ring, (struct sqe){.op = kOpReadv, .fd = file, .addr = (uintptr_t)parts, .len = 2, .off = 4, .data = 6});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 6, 8);
  CHECK(memcmp(text, "o, ", 3) == 0 && memcmp(text + 10, "there", 5) == 0);
  static const struct {
    struct sqe sqe;
    int result;
  } wrong[] = {
      {{.op = kOpRead, .fd = -1, .len = 1}, -EBADF},
      {{.op = kOpRead, .fd = 777, .len = 1}, -EBADF},
      {{.op = kOpReadv, .addr = 8, .len = 1}, -EFAULT},
      {{.op = kOpReadv, .addr = 8, .len = 1025}, -EINVAL},
      {{.op = kOpFsync, .flags = 4}, -EINVAL},
      {{.op = kOpFsync, .addr = 4}, -EINVAL},
      {{.op = kOpPollAdd, .addr = 4}, -EINVAL},
  };
  for (size_t at = 0; at < sizeof wrong / sizeof wrong[0]; ++at) {
    struct sqe sqe = wrong[at].sqe;
    if (sqe.fd == 0) sqe.fd = file;
    sqe.data = at + 10;
    ring_put(ring, sqe);
    CHECK(ring_submit(ring) == 1);
    TAKE(ring, at + 10, wrong[at].result);
  }
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = file, .addr = 8, .len = 4, .data = 30});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 30, -EFAULT);
  ring_end(ring);
}

static void registered(void) {
  struct ring *const ring = ring_make(8);
  static char memory[8192];
  struct iovec buffers[2] = {{memory, 4096}, {memory + 4096, 100}};
  int two[3] = {open("one", O_RDWR | O_CREAT, 0600), -1, open("two", O_RDWR | O_CREAT, 0600)};
  CHECK_ERRNO(ENXIO, ring_register(ring, 1, NULL, 0));
  CHECK(ring_register(ring, 0, buffers, 2) == 0);
  CHECK_ERRNO(EBUSY, ring_register(ring, 0, buffers, 2));
  CHECK_ERRNO(ENXIO, ring_register(ring, 3, NULL, 0));
  CHECK(ring_register(ring, 2, two, 3) == 0);
  CHECK_ERRNO(EBUSY, ring_register(ring, 2, two, 3));
  CHECK(close(two[0]) == 0);  // the ring keeps it
  memcpy(memory, "fixed", 5);
  ring_put(ring, (struct sqe){.op = kOpWriteFixed, .fd = 0, .options = kFixedFile, .addr = (uintptr_t)memory, .len = 5, .data = 1});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 1, 5);
  ring_put(ring, (struct sqe){.op = kOpReadFixed, .fd = 0, .options = kFixedFile, .addr = (uintptr_t)memory + 4106, .len = 20,
                              .off = 1, .buffer = 1, .data = 2});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 2, 4);
  CHECK(memcmp(memory + 4106, "ixed", 4) == 0);
  static const struct {
    int place, buffer, result;
    unsigned offset, bytes;
  } wrong[] = {{1, 0, -EBADF, 0, 5}, {3, 0, -EBADF, 0, 5}, {2, 2, -EFAULT, 0, 5}, {2, 1, -EFAULT, 0, 5}, {2, 1, -EFAULT, 4096, 101}};
  for (int at = 0; at < 5; ++at) {
    ring_put(ring, (struct sqe){.op = kOpWriteFixed, .fd = wrong[at].place, .options = kFixedFile, .data = 10 + at,
                                .addr = (uintptr_t)memory + wrong[at].offset, .len = wrong[at].bytes, .buffer = wrong[at].buffer});
    CHECK(ring_submit(ring) == 1);
    TAKE(ring, 10 + at, wrong[at].result);
  }
  struct {
    uint32_t offset, reserved;
    uint64_t fds;
  } update = {1, 0, (uintptr_t)&two[2]};
  CHECK(ring_register(ring, 6, &update, 1) == 1);
  update.offset = 3;
  CHECK_ERRNO(EINVAL, ring_register(ring, 6, &update, 1));
  ring_put(ring, (struct sqe){.op = kOpWrite, .fd = 1, .options = kFixedFile | kLink, .addr = (uintptr_t) "x", .len = 1, .data = 3});
  int none = -1;
  ring_put(ring, (struct sqe){.op = kOpFilesUpdate, .fd = -1, .off = 1, .addr = (uintptr_t)&none, .len = 1, .data = 4});
  CHECK(ring_submit(ring) == 2);
  TAKE(ring, 3, 1);
  TAKE(ring, 4, 1);
  ring_put(ring, (struct sqe){.op = kOpWrite, .fd = 1, .options = kFixedFile, .addr = (uintptr_t) "x", .len = 1, .data = 5});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 5, -EBADF);
  CHECK(ring_register(ring, 3, NULL, 0) == 0 && ring_register(ring, 1, NULL, 0) == 0);
  struct iovec bad = {(void *)0x10000, 4096};
  CHECK_ERRNO(EFAULT, ring_register(ring, 0, &bad, 1));
  CHECK_ERRNO(EINVAL, ring_register(ring, 0, &bad, 0));
  CHECK_ERRNO(EBADF, ring_register(ring, 2, (int[]){777}, 1));
  CHECK_ERRNO(EINVAL, ring_register(ring, 999, NULL, 0));
  struct {
    uint8_t last, count;
    uint16_t reserved;
    uint32_t reserved2[3];
    struct {
      uint8_t op, reserved;
      uint16_t flags;
      uint32_t reserved2;
    } ops[40];
  } probe = {0};
  CHECK(ring_register(ring, 8, &probe, 40) == 0 && probe.last >= 40 && probe.count == 40);
  CHECK(probe.ops[kOpRead].op == kOpRead && (probe.ops[kOpRead].flags & 1) != 0 && (probe.ops[kOpLinkat].flags & 1) != 0);
  CHECK_ERRNO(EINVAL, ring_register(ring, 8, &probe, 40));  // not cleared
  ring_end(ring);
}

static void pipes(void) {
  struct ring *const ring = ring_make(8);
  char text[16] = {0};
  int ends[2];
  CHECK(pipe(ends) == 0);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 16, .data = 1});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0);
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 2});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 2, 0);
  CHECK(write(ends[1], "late", 4) == 4);
  TAKE(ring, 1, 4);
  CHECK(strcmp(text, "late") == 0);
  // From another process, while this one sleeps in enter.
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 16, .data = 3});
  CHECK(ring_submit(ring) == 1);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(wait_for_state(getppid(), 'S') && write(ends[1], "child", 5) == 5);
    _exit(0);
  }
  TAKE(ring, 3, 5);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  // A full pipe, and room.
  static char large[65536];
  CHECK(write(ends[1], large, 65536) == 65536);
  ring_put(ring, (struct sqe){.op = kOpWrite, .fd = ends[1], .addr = (uintptr_t) "more", .len = 4, .data = 4});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0);
  CHECK(read(ends[0], large, 65536) == 65536);
  TAKE(ring, 4, 4);
  CHECK(read(ends[0], text, 16) == 4);
  // O_NONBLOCK is for who calls: a request waits all the same.
  CHECK(pipe2(ends, O_NONBLOCK) == 0);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 16, .data = 6});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0 && write(ends[1], "hello", 5) == 5);
  TAKE(ring, 6, 5);
  ring_end(ring);
}

// The writers' end closes.
static void hangup(void) {
  struct ring *const ring = ring_make(8);
  char text[16];
  int ends[2];
  CHECK(pipe(ends) == 0);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 16, .data = 1});
  CHECK(ring_submit(ring) == 1 && close(ends[1]) == 0);
  TAKE(ring, 1, 0);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 16, .data = 2});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 2, 0);
  ring_end(ring);
}

static void polls(void) {
  struct ring *const ring = ring_make(8);
  const int counter = eventfd(0, 0);
  uint64_t one = 1, value;
  ring_put(ring, (struct sqe){.op = kOpPollAdd, .fd = counter, .flags = POLLIN, .data = 1});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0 && write(counter, &one, 8) == 8);
  TAKE(ring, 1, POLLIN);
  ring_put(ring, (struct sqe){.op = kOpPollAdd, .fd = counter, .flags = POLLIN | POLLOUT, .data = 2});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 2, POLLIN | POLLOUT);
  CHECK(read(counter, &value, 8) == 8);
  ring_put(ring, (struct sqe){.op = kOpPollAdd, .fd = counter, .flags = POLLIN, .data = 3});
  ring_put(ring, (struct sqe){.op = kOpPollRemove, .fd = -1, .addr = 99, .data = 4});
  CHECK(ring_submit(ring) == 2);
  TAKE(ring, 4, -ENOENT);
  ring_put(ring, (struct sqe){.op = kOpPollRemove, .fd = -1, .addr = 3, .data = 5});
  CHECK(ring_submit(ring) == 1);
  struct cqe first = ring_take(ring), second = ring_take(ring);
  CHECK(first.data + second.data == 8 && first.result + second.result == -ECANCELED);
  // Several events of one request.
  ring_put(ring, (struct sqe){.op = kOpPollAdd, .fd = counter, .flags = POLLIN, .len = 1, .data = 6});
  CHECK(ring_submit(ring) == 1);
  for (int round = 0; round < 3; ++round) {
    CHECK(write(counter, &one, 8) == 8);
    first = ring_take(ring);
    CHECK(first.data == 6 && first.result == POLLIN && (first.flags & 2) != 0 && read(counter, &value, 8) == 8);
  }
  ring_put(ring, (struct sqe){.op = kOpPollRemove, .fd = -1, .addr = 6, .data = 7});
  CHECK(ring_submit(ring) == 1);
  first = ring_take(ring), second = ring_take(ring);
  CHECK(first.data + second.data == 13 && first.result + second.result == -ECANCELED && ((first.flags | second.flags) & 2) == 0);
  ring_end(ring);
}

static void timeouts(void) {
  struct ring *const ring = ring_make(8);
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&moment, .len = 1, .data = 1});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 1, -ETIME);
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&past, .len = 1, .flags = 1, .data = 2});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 2, -ETIME);
  // So many completions.
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&hour, .len = 1, .off = 2, .data = 3});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 4});
  CHECK(ring_submit(ring) == 2);
  TAKE(ring, 4, 0);
  CHECK(ring_ready(ring) == 0);
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 5});
  CHECK(ring_submit(ring) == 1);
  struct cqe first = ring_take(ring), second = ring_take(ring);
  CHECK(first.data + second.data == 8 && first.result == 0 && second.result == 0);
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&hour, .len = 1, .data = 6});
  ring_put(ring, (struct sqe){.op = kOpTimeoutRemove, .fd = -1, .addr = 6, .data = 7});
  CHECK(ring_submit(ring) == 2);
  first = ring_take(ring), second = ring_take(ring);
  CHECK(first.data + second.data == 13 && first.result + second.result == -ECANCELED);
  ring_put(ring, (struct sqe){.op = kOpTimeoutRemove, .fd = -1, .addr = 6, .data = 8});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 8, -ENOENT);
  // Another time for one that waits.
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&hour, .len = 1, .data = 9});
  ring_put(ring, (struct sqe){.op = kOpTimeoutRemove, .fd = -1, .addr = 9, .off = (uintptr_t)&moment, .flags = 2, .data = 10});
  CHECK(ring_submit(ring) == 2);
  TAKE(ring, 10, 0);
  TAKE(ring, 9, -ETIME);
  struct duration wrong = {0, -1};
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&wrong, .len = 1, .data = 11});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 11, -EINVAL);
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&hour, .len = 2, .data = 12});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 12, -EINVAL);
  ring_end(ring);
}

static void chains(void) {
  struct ring *const ring = ring_make(16);
  char text[16] = {0};
  int ends[2];
  CHECK(pipe(ends) == 0);
  // One after the other, across a wait.
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .options = kLink, .data = 1});
  ring_put(ring, (struct sqe){.op = kOpNop, .options = kLink, .data = 2});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 3});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 4});
  CHECK(ring_submit(ring) == 4);
  TAKE(ring, 4, 0);
  CHECK(ring_ready(ring) == 0 && write(ends[1], "four", 4) == 4);
  TAKE(ring, 1, 4);
  TAKE(ring, 2, 0);
  TAKE(ring, 3, 0);
  // An error ends the chain, and so does a short read.
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = -1, .len = 4, .options = kLink, .data = 5});
  ring_put(ring, (struct sqe){.op = kOpNop, .options = kLink, .data = 6});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 7});
  CHECK(ring_submit(ring) == 3);
  TAKE(ring, 5, -EBADF);
  TAKE(ring, 6, -ECANCELED);
  TAKE(ring, 7, -ECANCELED);
  CHECK(write(ends[1], "to", 2) == 2);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .options = kLink, .data = 8});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 9});
  CHECK(ring_submit(ring) == 2);
  TAKE(ring, 8, 2);
  TAKE(ring, 9, -ECANCELED);
  // A hard link holds.
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = -1, .len = 4, .options = kHardLink, .data = 10});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 11});
  CHECK(ring_submit(ring) == 2);
  TAKE(ring, 10, -EBADF);
  TAKE(ring, 11, 0);
  // The limit on one request: passed, and not.
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .options = kLink, .data = 12});
  ring_put(ring, (struct sqe){.op = kOpLinkTimeout, .fd = -1, .addr = (uintptr_t)&moment, .len = 1, .options = kLink, .data = 30});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 50});
  CHECK(ring_submit(ring) == 3);
  int results[60] = {0};
  for (int round = 0; round < 3; ++round) {
    const struct cqe cqe = ring_take(ring);
    CHECK(cqe.data < 60);
    results[cqe.data] = cqe.result;
  }
  CHECK(results[12] == -ECANCELED && results[30] == -ETIME && results[50] == -ECANCELED);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .options = kLink, .data = 13});
  ring_put(ring, (struct sqe){.op = kOpLinkTimeout, .fd = -1, .addr = (uintptr_t)&hour, .len = 1, .data = 31});
  CHECK(ring_submit(ring) == 2 && write(ends[1], "text", 4) == 4);
  for (int round = 0; round < 2; ++round) {
    const struct cqe cqe = ring_take(ring);
    CHECK(cqe.data < 60);
    results[cqe.data] = cqe.result;
  }
  CHECK(results[13] == 4 && results[31] == -ECANCELED);
  // Without one before it, it means nothing.
  ring_put(ring, (struct sqe){.op = kOpLinkTimeout, .fd = -1, .addr = (uintptr_t)&hour, .len = 1, .data = 32});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 32, -EINVAL);
  ring_end(ring);
}

static void drains(void) {
  struct ring *const ring = ring_make(16);
  char text[16];
  int ends[2];
  CHECK(pipe(ends) == 0);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .data = 1});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 2});
  ring_put(ring, (struct sqe){.op = kOpNop, .options = kDrain, .data = 3});
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 4});
  CHECK(ring_submit(ring) == 4);
  TAKE(ring, 2, 0);
  CHECK(ring_ready(ring) == 0 && write(ends[1], "four", 4) == 4);
  TAKE(ring, 1, 4);
  TAKE(ring, 3, 0);
  TAKE(ring, 4, 0);
  ring_put(ring, (struct sqe){.op = kOpNop, .options = kDrain, .data = 5});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 5, 0);
  ring_end(ring);
}

static void cancels(void) {
  struct ring *const ring = ring_make(16);
  char text[16];
  int ends[2], others[2];
  CHECK(pipe(ends) == 0 && pipe(others) == 0);
  for (uint64_t data = 1; data < 4; ++data)
    ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .data = data});
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = others[0], .addr = (uintptr_t)text, .len = 4, .data = 4});
  CHECK(ring_submit(ring) == 4 && ring_ready(ring) == 0);
  ring_put(ring, (struct sqe){.op = kOpCancel, .fd = -1, .addr = 2, .data = 10});
  CHECK(ring_submit(ring) == 1);
  struct cqe first = ring_take(ring), second = ring_take(ring);
  CHECK(first.data + second.data == 12 && first.result + second.result == -ECANCELED);
  ring_put(ring, (struct sqe){.op = kOpCancel, .fd = -1, .addr = 2, .data = 11});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 11, -ENOENT);
  ring_put(ring, (struct sqe){.op = kOpCancel, .fd = ends[0], .flags = 1 | 2, .data = 12});  // all of the file's
  CHECK(ring_submit(ring) == 1);
  long sum = 0, results = 0;
  for (int round = 0; round < 3; ++round) {
    first = ring_take(ring);
    sum += (long)first.data;
    results += first.result;
  }
  CHECK(sum == 1 + 3 + 12 && results == 2 - 2 * ECANCELED);
  CHECK(write(others[1], "text", 4) == 4);
  TAKE(ring, 4, 4);
  ring_end(ring);
}

static void names(void) {
  struct ring *const ring = ring_make(16);
  const int here = AT_FDCWD;
  ring_put(ring, (struct sqe){.op = kOpMkdirat, .fd = here, .addr = (uintptr_t) "d", .len = 0700, .options = kLink, .data = 1});
  ring_put(ring, (struct sqe){.op = kOpSymlinkat, .fd = here, .addr = (uintptr_t) "d", .off = (uintptr_t) "s", .options = kLink, .data = 2});
  ring_put(ring, (struct sqe){.op = kOpOpenat, .fd = here, .addr = (uintptr_t) "s/file", .len = 0640, .flags = O_CREAT | O_RDWR, .data = 3});
  CHECK(ring_submit(ring) == 3);
  TAKE(ring, 1, 0);
  TAKE(ring, 2, 0);
  const struct cqe opened = ring_take(ring);
  CHECK(opened.data == 3 && opened.result > 2 && (fcntl(opened.result, F_GETFL) & O_NONBLOCK) == 0);
  static char buffer[256];
  ring_put(ring, (struct sqe){.op = kOpFallocate, .fd = opened.result, .off = 0, .addr = 1000, .len = 0, .options = kLink, .data = 4});
  ring_put(ring, (struct sqe){.op = kOpStatx, .fd = here, .addr = (uintptr_t) "d/file", .len = 0x7ff, .off = (uintptr_t)buffer,
                              .options = kLink, .data = 5});
  ring_put(ring, (struct sqe){.op = kOpLinkat, .fd = here, .addr = (uintptr_t) "d/file", .len = (uint32_t)here,
                              .off = (uintptr_t) "link", .options = kLink, .data = 6});
  ring_put(ring, (struct sqe){.op = kOpRenameat, .fd = here, .addr = (uintptr_t) "link", .len = (uint32_t)here,
                              .off = (uintptr_t) "other", .options = kLink, .data = 7});
  ring_put(ring, (struct sqe){.op = kOpUnlinkat, .fd = here, .addr = (uintptr_t) "d/file", .options = kLink, .data = 8});
  ring_put(ring, (struct sqe){.op = kOpUnlinkat, .fd = here, .addr = (uintptr_t) "d", .flags = AT_REMOVEDIR, .options = kLink, .data = 9});
  ring_put(ring, (struct sqe){.op = kOpClose, .fd = opened.result, .data = 10});
  CHECK(ring_submit(ring) == 7);
  for (int data = 4; data < 11; ++data) TAKE(ring, data, 0);
  struct stat status;
  CHECK(*(uint64_t *)(void *)(buffer + 40) == 1000 && stat("other", &status) == 0 && status.st_size == 1000);
  CHECK(stat("d", &status) == -1 && fcntl(opened.result, F_GETFD) == -1);
  struct {
    uint64_t flags, mode, resolve;
  } how = {O_RDONLY, 0, 8};
  ring_put(ring, (struct sqe){.op = kOpOpenat2, .fd = here, .addr = (uintptr_t) "other", .off = (uintptr_t)&how, .len = 24, .data = 11});
  ring_put(ring, (struct sqe){.op = kOpOpenat2, .fd = here, .addr = (uintptr_t) "/etc", .off = (uintptr_t)&how, .len = 24, .data = 12});
  ring_put(ring, (struct sqe){.op = kOpClose, .fd = 777, .data = 13});
  CHECK(ring_submit(ring) == 3);
  const struct cqe second = ring_take(ring);
  CHECK(second.data == 11 && second.result > 2);
  TAKE(ring, 12, -EXDEV);
  TAKE(ring, 13, -EBADF);
  ring_end(ring);
}

static void splices(void) {
  struct ring *const ring = ring_make(8);
  char text[16] = {0};
  int in[2], out[2];
  CHECK(pipe(in) == 0 && pipe(out) == 0);
  make_file("file", "from a file");
  const int file = open("file", O_RDONLY);
  ring_put(ring, (struct sqe){.op = kOpSplice, .other = file, .addr = 5, .fd = in[1], .off = -1ull, .len = 100, .data = 1});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 1, 6);
  CHECK(lseek(file, 0, SEEK_CUR) == 0);
  ring_put(ring, (struct sqe){.op = kOpTee, .other = in[0], .fd = out[1], .len = 100, .data = 2});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 2, 6);
  CHECK(read(out[0], text, 16) == 6 && memcmp(text, "a file", 6) == 0 && read(in[0], text, 16) == 6);
  ring_put(ring, (struct sqe){.op = kOpSplice, .other = in[0], .addr = -1ull, .fd = out[1], .off = -1ull, .len = 100, .data = 3});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0 && write(in[1], "late", 4) == 4);
  TAKE(ring, 3, 4);
  CHECK(read(out[0], text, 16) == 4 && memcmp(text, "late", 4) == 0);
  ring_end(ring);
}

static void sockets(void) {
  struct ring *const ring = ring_make(8);
  char text[16] = {0};
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  ring_put(ring, (struct sqe){.op = kOpRecv, .fd = ends[0], .addr = (uintptr_t)text, .len = 16, .data = 1});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0);
  ring_put(ring, (struct sqe){.op = kOpSend, .fd = ends[1], .addr = (uintptr_t) "sent", .len = 4, .flags = MSG_NOSIGNAL, .data = 2});
  CHECK(ring_submit(ring) == 1);
  const struct cqe first = ring_take(ring), second = ring_take(ring);
  CHECK(first.data + second.data == 3 && first.result == 4 && second.result == 4 && memcmp(text, "sent", 4) == 0);
  ring_put(ring, (struct sqe){.op = kOpRecv, .fd = ends[0], .addr = (uintptr_t)text, .len = 16, .flags = MSG_DONTWAIT, .data = 3});
  CHECK(ring_submit(ring) == 1);
  TAKE(ring, 3, -EAGAIN);
  struct iovec part = {text, sizeof text};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  ring_put(ring, (struct sqe){.op = kOpRecvmsg, .fd = ends[0], .addr = (uintptr_t)&message, .len = 1, .data = 4});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0 && write(ends[1], "more", 4) == 4);
  TAKE(ring, 4, 4);
  // A ring is not handed on: it could come to keep itself.
  union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
  } rights = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
  memcpy(CMSG_DATA(&rights.head), &ring->fd, sizeof(int));
  message = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
  CHECK_ERRNO(EINVAL, (int)sendmsg(ends[1], &message, 0));
  // A listener and who comes to it.
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(listener, (struct sockaddr *)&name, sizeof name) == 0 && listen(listener, 4) == 0);
  ring_put(ring, (struct sqe){.op = kOpAccept, .fd = listener, .flags = SOCK_CLOEXEC, .data = 5});
  CHECK(ring_submit(ring) == 1 && ring_ready(ring) == 0);
  ring_put(ring, (struct sqe){.op = kOpConnect, .fd = client, .addr = (uintptr_t)&name, .off = sizeof name, .data = 6});
  CHECK(ring_submit(ring) == 1);
  int accepted = -1;
  for (int round = 0; round < 2; ++round) {
    const struct cqe cqe = ring_take(ring);
    if (cqe.data == 5) accepted = cqe.result;
    else CHECK(cqe.data == 6 && cqe.result == 0);
  }
  CHECK(accepted > 2 && (fcntl(accepted, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(listener, F_GETFL) & O_NONBLOCK) == 0);
  CHECK(write(client, "hello", 5) == 5 && read(accepted, text, 16) == 5);
  ring_put(ring, (struct sqe){.op = kOpRecv, .fd = accepted, .addr = (uintptr_t)text, .len = 16, .data = 7});
  ring_put(ring, (struct sqe){.op = kOpShutdown, .fd = client, .len = SHUT_WR, .data = 8});
  CHECK(ring_submit(ring) == 2);
  const struct cqe third = ring_take(ring), fourth = ring_take(ring);
  CHECK(third.data + fourth.data == 15 && third.result == 0 && fourth.result == 0);
  ring_end(ring);
}

static void overflow(void) {
  struct ring *const ring = ring_make_with(8, (struct ring_params){.flags = 1 << 3, .cq_entries = 8});
  for (int round = 0; round < 4; ++round) {
    for (int at = 0; at < 8; ++at) ring_put(ring, (struct sqe){.op = kOpNop, .data = (uint64_t)round * 8 + at});
    CHECK(ring_submit(ring) == 8);
  }
  CHECK(ring_ready(ring) == 8 && (*ring_word(ring, ring->params.sq.a) & 2) != 0);
  for (int data = 0; data < 32; ++data) TAKE(ring, data, 0);
  CHECK(ring_ready(ring) == 0 && (*ring_word(ring, ring->params.sq.a) & 2) == 0 && *ring_word(ring, ring->params.cq.a) == 0);
  ring_end(ring);
}

static void got_signal(int signal) { (void)signal; }
static void waiting(void) {
  struct ring *const ring = ring_make(8);
  struct {
    uint64_t mask;
    uint32_t mask_bytes, padding;
    uint64_t time;
  } extended = {0, 8, 0, (uintptr_t)&moment};
  CHECK_ERRNO(ETIME, (int)syscall(SYS_io_uring_enter, ring->fd, 0, 1, kGetEvents | kExtArg, &extended, sizeof extended));
  CHECK_ERRNO(EINVAL, (int)syscall(SYS_io_uring_enter, ring->fd, 0, 1, kGetEvents | kExtArg, &extended, 8));
  CHECK_ERRNO(EFAULT, (int)syscall(SYS_io_uring_enter, ring->fd, 0, 1, kGetEvents | kExtArg, (void *)8, sizeof extended));
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  signal(SIGUSR1, got_signal);
  CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0 && raise(SIGUSR1) == 0);
  CHECK_ERRNO(EINTR, (int)syscall(SYS_io_uring_enter, ring->fd, 0, 1, kGetEvents, &none, 8));
  CHECK(raise(SIGUSR1) == 0);
  extended.mask = (uintptr_t)&none;
  extended.time = (uintptr_t)&hour;
  CHECK_ERRNO(EINTR, (int)syscall(SYS_io_uring_enter, ring->fd, 0, 1, kGetEvents | kExtArg, &extended, sizeof extended));
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 1});
  ring->filled = 0;
  CHECK(ring_enter(ring, 1, 1, kGetEvents) == 1);
  TAKE(ring, 1, 0);
  // The ring's descriptor itself can be waited for.
  struct pollfd poll_one = {ring->fd, POLLIN | POLLOUT, 0};
  CHECK(poll(&poll_one, 1, 0) == 1 && poll_one.revents == POLLOUT);
  int ends[2];
  char text[4];
  CHECK(pipe(ends) == 0);
  const int set = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  CHECK(set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, ring->fd, &event) == 0 && epoll_wait(set, &event, 1, 0) == 0);
  ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .data = 2});
  CHECK(ring_submit(ring) == 1);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(wait_for_state(getppid(), 'S') && write(ends[1], "wake", 4) == 4);
    _exit(0);
  }
  int events;
  do events = epoll_wait(set, &event, 1, 10000);
  while (events == -1 && errno == EINTR);  // what a request has to do may interrupt a call
  CHECK(events == 1 && event.events == EPOLLIN && ring_ready(ring) == 1);
  TAKE(ring, 2, 4);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  // And a program that never calls sees its completion.
  ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&moment, .len = 1, .data = 3});
  CHECK(ring_submit(ring) == 1);
  while (ring_ready(ring) == 0) {
  }
  TAKE(ring, 3, -ETIME);
  const int counter = eventfd(0, EFD_NONBLOCK);
  uint64_t value = 0;
  CHECK(ring_register(ring, 4, (int[]){counter}, 1) == 0);
  CHECK_ERRNO(EBUSY, ring_register(ring, 4, (int[]){counter}, 1));
  ring_put(ring, (struct sqe){.op = kOpNop, .data = 4});
  CHECK(ring_submit(ring) == 1 && read(counter, &value, 8) == 8 && value >= 1);
  TAKE(ring, 4, 0);
  CHECK(ring_register(ring, 5, NULL, 0) == 0);
  CHECK_ERRNO(ENXIO, ring_register(ring, 5, NULL, 0));
  ring_end(ring);
}

// The program's half of the memory holds nonsense: errors, but nothing worse.
static void nonsense(void) {
  struct ring *const ring = ring_make(8);
  uint32_t *const array = ring_word(ring, ring->params.sq.c), *const tail = ring_word(ring, ring->params.sq.tail);
  for (int at = 0; at < 8; ++at) array[at] = 0xffffffff;
  *tail = 5;
  CHECK(ring_enter(ring, 5, 0, 0) == 0 && *ring_word(ring, ring->params.sq.b) == 1);
  ring_end(ring);
}

static void abuse(void) {
  unsigned seed = 12345;
  for (int round = 0; round < 20; ++round) {
    struct ring *const ring = ring_make(16);
    for (int step = 0; step < 30; ++step) {
      for (size_t at = 0; at < ring->bytes / 4; ++at) {
        seed = seed * 1103515245 + 12345;
        if ((seed >> 16) % 5 == 0) ((uint32_t *)(void *)ring->memory)[at] = (seed >> 8) % 3 == 0 ? seed : (seed >> 20) % 20;
      }
      for (int at = 0; at < 16; ++at) {
        unsigned char *const bytes = (unsigned char *)&ring->sqes[at];
        for (int byte = 0; byte < 64; ++byte) {
          seed = seed * 1103515245 + 12345;
          bytes[byte] = (seed >> 16) % 3 == 0 ? (unsigned char)(seed >> 24) : 0;
        }
        // Not what would end the test itself: its files, its memory, its directory.
        ring->sqes[at].op = (uint8_t)((seed >> 20) % 8);
        if (ring->sqes[at].fd < 20) ring->sqes[at].fd = 700;
      }
      (void)ring_enter(ring, (seed >> 10) % 20, 0, kGetEvents);
    }
    ring_end(ring);
  }
}

// Requests are under way when the ring, the process, the program or a thread's process goes.
static void leave_requests(void) {
  struct ring *const ring = ring_make(64);
  static char text[64];
  int ends[2];
  CHECK(pipe(ends) == 0);
  for (int at = 0; at < 20; ++at) {
    ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4, .options = at % 3 == 0 ? kLink : 0});
    ring_put(ring, (struct sqe){.op = kOpTimeout, .fd = -1, .addr = (uintptr_t)&hour, .len = 1});
    ring_put(ring, (struct sqe){.op = kOpPollAdd, .fd = ring->fd, .flags = POLLIN});
  }
  CHECK(ring_submit(ring) == 60);
}
static void leave_by_exit(void) { leave_requests(); }
static void leave_by_signal(void) {
  leave_requests();
  raise(SIGKILL);
}
static void leave_by_exec(void) {
  leave_requests();
  char *words[] = {"true", NULL}, *environment[] = {NULL};
  execve("/bin/true", words, environment);
  _exit(99);
}
static void leaves(void) {
  struct ring *const probe = ring_make(1);
  ring_end(probe);
  for (int round = 0; round < 10; ++round) {
    CHECK(ended_with(child_status(leave_by_exit), 0) && died_of(child_status(leave_by_signal), SIGKILL));
    CHECK(ended_with(child_status(leave_by_exec), 0));
    struct ring *const ring = ring_make(8);
    static char text[4];
    int ends[2];
    CHECK(pipe(ends) == 0);
    ring_put(ring, (struct sqe){.op = kOpRead, .fd = ends[0], .addr = (uintptr_t)text, .len = 4});
    CHECK(ring_submit(ring) == 1 && close(ends[0]) == 0);
    ring_end(ring);
    // The end that the request kept is gone with it, now or soon.
    signal(SIGPIPE, SIG_IGN);
    while (write(ends[1], "x", 1) == 1) sleep_ms(1);
    CHECK(errno == EPIPE && close(ends[1]) == 0);
  }
}

static const struct test tests[] = {
    {"setup", setup},       {"nothing", nothing},   {"files", files},     {"registered", registered}, {"pipes", pipes},
    {"hangup", hangup}, {"polls", polls},       {"timeouts", timeouts}, {"chains", chains},   {"drains", drains},         {"cancels", cancels},
    {"names", names},       {"splices", splices},   {"sockets", sockets},   {"overflow", overflow}, {"waiting", waiting},     {"nonsense", nonsense},
    {"abuse", abuse},       {"leaves", leaves},
};
SUITE(ring_suite, "ring", tests);
