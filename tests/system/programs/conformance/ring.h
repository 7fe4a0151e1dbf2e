// SPDX-License-Identifier: Apache-2.0
// io_uring by raw system calls: as much of it as the tests need. Of these layouts, io_uring(7) is the source.
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"

struct sqe {
  uint8_t op, options;
  uint16_t priority;
  int32_t fd;
  uint64_t off, addr;
  uint32_t len, flags;
  uint64_t data;
  uint16_t buffer, personality;
  int32_t other;
  uint64_t padding[2];
};
struct cqe {
  uint64_t data;
  int32_t result;
  uint32_t flags;
};
struct ring_offsets {
  uint32_t head, tail, mask, entries, a, b, c, reserved;  // a, b, c: flags, dropped, array or overflow, cqes, flags
  uint64_t address;
};
struct ring_params {
  uint32_t sq_entries, cq_entries, flags, cpu, idle, features, wq, reserved[3];
  struct ring_offsets sq, cq;
};
struct ring {
  int fd;
  struct ring_params params;
  char *memory;
  size_t bytes;
  struct sqe *sqes;
  uint32_t filled;
};

enum { kOpNop, kOpReadv, kOpWritev, kOpFsync, kOpReadFixed, kOpWriteFixed, kOpPollAdd, kOpPollRemove, kOpSyncRange, kOpSendmsg,
       kOpRecvmsg, kOpTimeout, kOpTimeoutRemove, kOpAccept, kOpCancel, kOpLinkTimeout, kOpConnect, kOpFallocate, kOpOpenat,
       kOpClose, kOpFilesUpdate, kOpStatx, kOpRead, kOpWrite, kOpFadvise, kOpMadvise, kOpSend, kOpRecv, kOpOpenat2, kOpEpollCtl,
       kOpSplice, kOpTee = 33, kOpShutdown, kOpRenameat, kOpUnlinkat, kOpMkdirat, kOpSymlinkat, kOpLinkat };
enum { kFixedFile = 1, kDrain = 2, kLink = 4, kHardLink = 8, kAsync = 16, kSkipSuccess = 64 };
enum { kGetEvents = 1, kExtArg = 8 };

static inline int ring_setup(unsigned entries, struct ring_params *params) {
  return (int)syscall(SYS_io_uring_setup, entries, params);
}
static inline int ring_enter(const struct ring *ring, unsigned submit, unsigned least, unsigned flags) {
  return (int)syscall(SYS_io_uring_enter, ring->fd, submit, least, flags, NULL, 8);
}
static inline int ring_register(const struct ring *ring, unsigned what, void *argument, unsigned count) {
  return (int)syscall(SYS_io_uring_register, ring->fd, what, argument, count);
}
static inline uint32_t *ring_word(const struct ring *ring, uint32_t offset) { return (uint32_t *)(void *)(ring->memory + offset); }

static inline struct ring *ring_make_with(unsigned entries, struct ring_params params) {
  struct ring *const ring = calloc(1, sizeof *ring);
  ring->params = params;
  ring->fd = ring_setup(entries, &ring->params);
  SKIP_UNLESS_THERE(ring->fd);
  CHECK(ring->fd >= 0 && (ring->params.features & 1) != 0);
  const size_t sq = ring->params.sq.c + ring->params.sq_entries * 4, cq = ring->params.cq.b + ring->params.cq_entries * 16;
  ring->bytes = sq > cq ? sq : cq;
  ring->memory = mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, 0);
  ring->sqes = mmap(NULL, ring->params.sq_entries * 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, 0x10000000);
  CHECK(ring->memory != MAP_FAILED && (void *)ring->sqes != MAP_FAILED);
  return ring;
}
static inline struct ring *ring_make(unsigned entries) { return ring_make_with(entries, (struct ring_params){0}); }
static inline void ring_end(struct ring *ring) {
  CHECK(munmap(ring->memory, ring->bytes) == 0 && munmap(ring->sqes, ring->params.sq_entries * 64) == 0);
  CHECK(close(ring->fd) == 0);
  free(ring);
}

// Puts a request into the ring, which is not full.
static inline void ring_put(struct ring *ring, struct sqe sqe) {
  uint32_t *const tail = ring_word(ring, ring->params.sq.tail);
  const uint32_t place = *tail & (ring->params.sq_entries - 1);
  ring->sqes[place] = sqe;
  ring_word(ring, ring->params.sq.c)[place] = place;
  __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
  ++ring->filled;
}
static inline int ring_submit(struct ring *ring) {
  const uint32_t count = ring->filled;
  ring->filled = 0;
  return ring_enter(ring, count, 0, 0);
}
static inline uint32_t ring_ready(const struct ring *ring) {
  return __atomic_load_n(ring_word(ring, ring->params.cq.tail), __ATOMIC_ACQUIRE) - *ring_word(ring, ring->params.cq.head);
}
// Takes a completion, waiting for it.
static inline struct cqe ring_take(struct ring *ring) {
  while (ring_ready(ring) == 0) CHECK(ring_enter(ring, 0, 1, kGetEvents) >= 0);
  uint32_t *const head = ring_word(ring, ring->params.cq.head);
  const struct cqe *const all = (struct cqe *)(void *)(ring->memory + ring->params.cq.b);
  const struct cqe found = all[*head & (ring->params.cq_entries - 1)];
  __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
  return found;
}
// The next completion is DATA's, with this RESULT.
#define TAKE(ring, number, expected)                                                                  \
  do {                                                                                                \
    const struct cqe took = ring_take(ring);                                                          \
    if (took.data != (uint64_t)(number) || took.result != (int32_t)(expected)) {                      \
      dprintf(1, "  data %llu result %d\n", (unsigned long long)took.data, took.result);              \
      test_failed(__FILE__, __LINE__, "completion of " #number " is " #expected);                     \
    }                                                                                                 \
  } while (0)
