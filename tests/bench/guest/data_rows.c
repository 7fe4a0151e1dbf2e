// SPDX-License-Identifier: Apache-2.0
// What is in a file on a disk. Reads are of pages that are not in memory; writes end with fsync, or go past the cache.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "storage.h"

enum { page_bytes = 4 << 10, call_bytes = 64 << 10, file_bytes = 64 << 20, pages = file_bytes / page_bytes, most_threads = 32 };

static const char path[] = DISK "/file";
static int file;
static char *memory;  // a call's for each thread, as O_DIRECT wants it

static void open_file(int flags) {
  require((file = open(path, O_RDWR | O_CREAT | flags, 0644)) >= 0, path);
  if (memory != NULL) return;
  require((memory = aligned_alloc(page_bytes, most_threads * call_bytes)) != NULL, "memory");
  memset(memory, 'x', most_threads * call_bytes);
}

static void write_file(void) {
  for (long at = 0; at < file_bytes; at += call_bytes)
    require(call4(SYS_pwrite64, file, (long)memory, call_bytes, at) == call_bytes, "pwrite");
  require(fsync(file) == 0, "fsync");
}

static void end_file(void) {
  close(file);
  unlink(path);
  unmount_disk();
}

static void begin_empty(void) {
  mount_disk();
  open_file(0);
}
// A file that is on the disk and not in memory.
static void begin_full(int flags) {
  begin_empty();
  write_file();
  close(file);
  cool_down();
  open_file(flags);
}
static void begin_cold(void) { begin_full(0); }

static void run_write(unsigned count) {
  while (count-- != 0) write_file();
}
static void run_read(unsigned count) {
  while (count-- != 0)
    for (long at = 0; at < file_bytes; at += call_bytes)
      require(call4(SYS_pread64, file, (long)memory, call_bytes, at) == call_bytes, "pread");
}
static void run_append(unsigned count) {
  for (unsigned at = 0; at < count; ++at) {
    require(call4(SYS_pwrite64, file, (long)memory, page_bytes, (long)at * page_bytes) == page_bytes, "pwrite");
    require(fsync(file) == 0, "fsync");
  }
}

// Pages in any order, each once.
static unsigned order[pages];
static void shuffle(void) {
  uint32_t state = 1;
  for (unsigned at = 0; at < pages; ++at) order[at] = at;
  for (unsigned at = pages - 1; at != 0; --at) {
    state = state * 1664525u + 1013904223u;
    const unsigned other = (unsigned)((uint64_t)state * (at + 1) >> 32), kept = order[at];
    order[at] = order[other];
    order[other] = kept;
  }
}

// As many requests at a time as there are threads: each thread does its part of them, one after the other.
static pthread_t threads[most_threads];
static pthread_barrier_t gate;
static unsigned thread_count, requests;
static int writes;

static void do_requests(unsigned first, unsigned end, char *with) {
  const long call = writes ? SYS_pwrite64 : SYS_pread64;
  for (; first < end; ++first) require(call4(call, file, (long)with, page_bytes, (long)order[first] * page_bytes) == page_bytes, "4 KiB");
}

static void *thread(void *own) {
  const unsigned number = (unsigned)(uintptr_t)own;
  pthread_barrier_wait(&gate);
  do_requests(requests / thread_count * number, requests / thread_count * (number + 1), memory + (size_t)number * call_bytes);
  pthread_barrier_wait(&gate);
  return NULL;
}

static void begin_requests(int flags, int are_writes, unsigned at_a_time) {
  begin_full(flags);
  shuffle();
  writes = are_writes;
  thread_count = at_a_time;
  if (thread_count == 1) return;
  require(pthread_barrier_init(&gate, NULL, thread_count + 1) == 0, "barrier");
  for (unsigned at = 0; at < thread_count; ++at)
    require(pthread_create(&threads[at], NULL, thread, (void *)(uintptr_t)at) == 0, "pthread_create");
}
static void run_requests(unsigned count) {
  if (count == 0) return;
  requests = count;
  if (thread_count == 1) {
    do_requests(0, requests, memory);
  } else {
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
  }
  if (writes) require(fsync(file) == 0, "fsync");
}
static void end_requests(void) {
  if (thread_count != 1)
    for (unsigned at = 0; at < thread_count; ++at) pthread_join(threads[at], NULL);
  end_file();
}

static void begin_read_1(void) { begin_requests(0, 0, 1); }
static void begin_read_32(void) { begin_requests(0, 0, 32); }
static void begin_write_1(void) { begin_requests(0, 1, 1); }
static void begin_write_32(void) { begin_requests(0, 1, 32); }
static void begin_direct_read_1(void) { begin_requests(O_DIRECT, 0, 1); }
static void begin_direct_read_32(void) { begin_requests(O_DIRECT, 0, 32); }
static void begin_direct_write_1(void) { begin_requests(O_DIRECT, 1, 1); }
static void begin_direct_write_32(void) { begin_requests(O_DIRECT, 1, 32); }

static const struct row rows[] = {
    {"write-64M", 0, 1, begin_empty, run_write, end_file},
    {"read-64M", 0, 1, begin_cold, run_read, end_file},
    {"read-4K-1", 0, 2048, begin_read_1, run_requests, end_requests},
    {"read-4K-32", 0, 2048, begin_read_32, run_requests, end_requests},
    {"write-4K-1", 0, 2048, begin_write_1, run_requests, end_requests},
    {"write-4K-32", 0, 2048, begin_write_32, run_requests, end_requests},
    {"direct-read-4K-1", 0, 2048, begin_direct_read_1, run_requests, end_requests},
    {"direct-read-4K-32", 0, 2048, begin_direct_read_32, run_requests, end_requests},
    {"direct-write-4K-1", 0, 2048, begin_direct_write_1, run_requests, end_requests},
    {"direct-write-4K-32", 0, 2048, begin_direct_write_32, run_requests, end_requests},
    {"append-fsync", 0, 200, begin_empty, run_append, end_file},
};
ROWS(data_rows, rows);
