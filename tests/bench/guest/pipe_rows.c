// SPDX-License-Identifier: Apache-2.0
// Pipes between two processes; poll and epoll when one is ready.
#include "measure.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { stream_bytes = 1 << 20, chunk_bytes = 64 << 10 };

static int there[2], back[2];
static pid_t child;
static char chunk[chunk_bytes];

static void await_child(void) { require(waitpid(child, NULL, 0) == child, "waitpid"); }

static void start_echo(void) {
  require(pipe(there) == 0 && pipe(back) == 0, "pipe");
  require((child = fork()) >= 0, "fork");
  if (child == 0) {
    char byte;
    close(there[1]);
    close(back[0]);
    while (call3(SYS_read, there[0], (long)&byte, 1) == 1) call3(SYS_write, back[1], (long)&byte, 1);
    _exit(0);
  }
  close(there[0]);
  close(back[1]);
}
static void end_echo(void) {
  close(there[1]);
  close(back[0]);
  await_child();
}
static void run_round_trip(unsigned count) {
  char byte = 1;
  while (count-- != 0) {
    require(call3(SYS_write, there[1], (long)&byte, 1) == 1, "write");
    require(call3(SYS_read, back[0], (long)&byte, 1) == 1, "read");
  }
}

static void start_source(void) {
  require(pipe(back) == 0, "pipe");
  require((child = fork()) >= 0, "fork");
  if (child == 0) {
    close(back[0]);
    while (call3(SYS_write, back[1], (long)chunk, chunk_bytes) > 0) {
    }
    _exit(0);
  }
  close(back[1]);
}
static void end_source(void) {
  close(back[0]);
  kill(child, SIGKILL);
  await_child();
}
static void run_stream(unsigned count) {
  while (count-- != 0) {
    for (long left = stream_bytes; left > 0;) {
      const long got = call3(SYS_read, back[0], (long)chunk, left < chunk_bytes ? left : chunk_bytes);
      require(got > 0, "read");
      left -= got;
    }
  }
}

static void fill_pipe(void) { require(pipe(back) == 0 && write(back[1], "x", 1) == 1, "pipe"); }
static void close_pipe(void) {
  close(back[0]);
  close(back[1]);
}
static void run_poll(unsigned count) {
  while (count-- != 0) {
    struct pollfd ready = {.fd = back[0], .events = POLLIN};
    require(call_poll(&ready, 1) == 1, "poll");
  }
}

// One of 1,000 watched descriptors is ready.
enum { watched = 1000 };
static int epoll, counters[watched];
static void watch(void) {
  epoll = epoll_create1(0);
  require(epoll >= 0, "epoll_create1");
  for (int at = 0; at < watched; ++at) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
    counters[at] = eventfd(0, EFD_NONBLOCK);
    require(counters[at] >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, counters[at], &event) == 0, "epoll_ctl");
  }
}
static void watch_no_more(void) {
  for (int at = 0; at < watched; ++at) close(counters[at]);
  close(epoll);
}
static void run_epoll(unsigned count) {
  for (unsigned turn = 0; turn < count; ++turn) {
    const uint32_t which = turn * 379 % watched;
    uint64_t value = 1;
    struct epoll_event event;
    require(call3(SYS_write, counters[which], (long)&value, sizeof value) == sizeof value, "write");
    require(call_epoll_wait(epoll, &event) == 1 && event.data.u32 == which, "epoll_wait");
    require(call3(SYS_read, counters[which], (long)&value, sizeof value) == sizeof value, "read");
  }
}

static const struct row rows[] = {
    {"pipe-round-trip", 20, 400, start_echo, run_round_trip, end_echo},
    {"pipe-stream-1M", 1, 10, start_source, run_stream, end_source},
    {"poll-ready", 100, 2000, fill_pipe, run_poll, close_pipe},
    {"epoll-1000", 100, 2000, watch, run_epoll, watch_no_more},
};
ROWS(pipe_rows, rows);
