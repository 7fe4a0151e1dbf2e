// SPDX-License-Identifier: Apache-2.0
// Pipes that several threads use at once: each message arrives once, whoever else reads,
// writes, is interrupted or closes an end meanwhile.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

enum { writers = 4, readers = 4, messages = 3000, pairs = 3, rounds = 2000 };

struct message {
  uint32_t writer, number;
  unsigned char filling[24];  // all as the low byte of the number
};

static int ends[2];
static atomic_uchar seen[writers][messages];
static atomic_int wrong;
static atomic_bool over;

static void interrupted(int signal) { (void)signal; }

static void handle_signals(void) {
  const struct sigaction action = {.sa_handler = interrupted};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
}

static void *write_messages(void *which) {
  struct message message = {.writer = (uint32_t)(uintptr_t)which};
  for (uint32_t number = 0; number < messages; ++number) {
    message.number = number;
    memset(message.filling, (int)number, sizeof(message.filling));
    ssize_t done;
    while ((done = write(ends[1], &message, sizeof(message))) == -1 && errno == EINTR) {
    }
    if (done != sizeof(message)) ++wrong;
  }
  return NULL;
}

static void take(const struct message *message) {
  if (message->writer >= writers || message->number >= messages) {
    ++wrong;
    return;
  }
  for (size_t at = 0; at < sizeof(message->filling); ++at)
    if (message->filling[at] != (unsigned char)message->number) ++wrong;
  if (atomic_fetch_add(&seen[message->writer][message->number], 1) != 0) ++wrong;
}

static void *read_messages(void *nothing) {
  struct message message;
  for (;;) {
    const ssize_t done = read(ends[0], &message, sizeof(message));
    if (done == 0) return nothing;
    if (done == -1 && errno == EINTR) continue;
    if (done == sizeof(message)) take(&message);
    else ++wrong;
  }
}

static pthread_t start(void *(*body)(void *), uintptr_t argument) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, body, (void *)argument) == 0);
  return thread;
}

struct disturbed {
  pthread_t threads[readers];
};
static void *disturb(void *whom) {
  const struct disturbed *const all = whom;
  while (!over)
    for (int at = 0; at < readers; ++at) pthread_kill(all->threads[at], SIGUSR1);
  return NULL;
}

// Of a pipe that is often empty and often full.
static void crowd(void) {
  pthread_t from[writers];
  struct disturbed to;
  handle_signals();
  CHECK(pipe(ends) == 0);
  for (uintptr_t at = 0; at < readers; ++at) to.threads[at] = start(read_messages, at);
  const pthread_t other = start(disturb, (uintptr_t)&to);
  for (uintptr_t at = 0; at < writers; ++at) from[at] = start(write_messages, at);
  for (int at = 0; at < writers; ++at) CHECK(pthread_join(from[at], NULL) == 0);
  over = true;
  CHECK(pthread_join(other, NULL) == 0 && close(ends[1]) == 0);
  for (int at = 0; at < readers; ++at) CHECK(pthread_join(to.threads[at], NULL) == 0);
  CHECK(wrong == 0);
  for (int writer = 0; writer < writers; ++writer)
    for (int number = 0; number < messages; ++number) CHECK(seen[writer][number] == 1);
}

static int there[pairs][2], back[pairs][2];
static void *answer(void *which) {
  const uintptr_t pair = (uintptr_t)which;
  uint32_t value;
  while (read(there[pair][0], &value, sizeof(value)) == sizeof(value)) {
    ++value;
    if (write(back[pair][1], &value, sizeof(value)) != sizeof(value)) ++wrong;
  }
  return NULL;
}
static void *ask(void *which) {
  const uintptr_t pair = (uintptr_t)which;
  for (uint32_t round = 0; round < rounds; ++round) {
    uint32_t value = round;
    if (write(there[pair][1], &value, sizeof(value)) != sizeof(value)) ++wrong;
    if (read(back[pair][0], &value, sizeof(value)) != sizeof(value) || value != round + 1) ++wrong;
  }
  close(there[pair][1]);
  return NULL;
}
// Descriptors come and go in the table that all share.
static void *open_and_close(void *nothing) {
  while (!over) {
    int both[2];
    if (pipe(both) != 0 || close(both[0]) != 0 || close(both[1]) != 0) ++wrong;
  }
  return nothing;
}

static void turns(void) {
  pthread_t asking[pairs], answering[pairs];
  for (uintptr_t pair = 0; pair < pairs; ++pair) {
    CHECK(pipe(there[pair]) == 0 && pipe(back[pair]) == 0);
    answering[pair] = start(answer, pair);
    asking[pair] = start(ask, pair);
  }
  const pthread_t other = start(open_and_close, 0);
  for (int pair = 0; pair < pairs; ++pair)
    CHECK(pthread_join(asking[pair], NULL) == 0 && pthread_join(answering[pair], NULL) == 0);
  over = true;
  CHECK(pthread_join(other, NULL) == 0 && wrong == 0);
}

// The first thread reads meanwhile.
static void *close_and_write(void *nothing) {
  if (!wait_for_state(getpid(), 'S') || close(ends[0]) != 0 || write(ends[1], "late", 4) != 4) ++wrong;
  return nothing;
}
static void *close_both(void *nothing) {
  if (!wait_for_state(getpid(), 'S') || close(ends[0]) != 0 || close(ends[1]) != 0) ++wrong;
  return nothing;
}
static void closed_meanwhile(void) {
  char text[8];
  CHECK(pipe(ends) == 0);
  pthread_t other = start(close_and_write, 0);
  CHECK(read(ends[0], text, sizeof(text)) == 4 && memcmp(text, "late", 4) == 0);
  CHECK(pthread_join(other, NULL) == 0 && close(ends[1]) == 0);
  CHECK_ERRNO(EBADF, read(ends[0], text, sizeof(text)));
  CHECK(pipe(ends) == 0);
  other = start(close_both, 0);
  CHECK(read(ends[0], text, sizeof(text)) == 0);
  CHECK(pthread_join(other, NULL) == 0 && wrong == 0);
}

static const struct test tests[] = {{"crowd", crowd}, {"turns", turns}, {"closed_meanwhile", closed_meanwhile}};
SUITE(pipe_threads_suite, "pipe_threads", tests);
