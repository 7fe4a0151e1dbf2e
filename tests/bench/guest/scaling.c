// SPDX-License-Identifier: Apache-2.0
// scaling [--factor N] WORK:WORKERS...: how fast several workers at once are. A static Linux
// program; the same file runs on Linux and on Tessera. For each word, so many workers
// do the same number of units each; they begin together. Prints a line
//   WORK:WORKERS <tab> units of all <tab> ticks a unit <tab> picoseconds a unit
// where time goes from the common begin to the end of the last worker and is divided
// by the units of all. `--factor` gives each worker N times the units. `--true` does nothing: it is what fork-exec starts.
#define _GNU_SOURCE
#include "scaling.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most_workers = 64, warm_up_part = 8, most_factor = 1000 };

struct moment {
  uint64_t ns, ticks;
};
struct ends {
  int out, in;
};

static const struct work_list *const lists[] = {&start_works, &compute_works, &pair_works, &fault_works, &shared_works};
enum { list_count = sizeof(lists) / sizeof(lists[0]) };

static const char *current = "scaling";
static const struct work *work;
static unsigned units;     // of work, for each worker
static struct ends ready;  // a byte from each worker that is set up
static struct ends gate;   // nothing comes through: it ends when all may begin
static struct ends done;   // from each worker the moment of its end

noreturn void fail(const char *what) {
  fprintf(stderr, "scaling: %s: %s: %s\n", current, what, strerror(errno));
  exit(1);
}

static struct moment now(void) {
  struct timespec time;
  require(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
  return (struct moment){(uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec, ticks()};
}

static struct ends make_ends(void) {
  int ends[2];
  require(pipe2(ends, O_CLOEXEC) == 0, "pipe");
  return (struct ends){ends[0], ends[1]};
}

static void be_worker(void) {
  char byte = 0;
  if (work->set_up) work->set_up();
  work->run(work->units / warm_up_part + 1);
  require(write(ready.in, &byte, 1) == 1, "ready");
  if (!work->threads) close(ready.in);
  require(read(gate.out, &byte, 1) == 0, "the gate");
  work->run(units);
  const struct moment end = now();
  require(write(done.in, &end, sizeof end) == sizeof end, "done");
  if (work->tear_down) work->tear_down();
}

static void *worker_thread(void *nothing) {
  be_worker();
  return nothing;
}

static void start_process(pid_t *worker) {
  require((*worker = fork()) >= 0, "fork");
  if (*worker != 0) return;
  close(gate.in);
  be_worker();
  _exit(0);
}

static void await_process(pid_t worker) {
  int status = -1;
  require(waitpid(worker, &status, 0) == worker, "waitpid");
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the worker ended well");
}

// From when the gate opens to the last end. A worker that fails leaves an end of file.
static struct moment time_workers(unsigned workers) {
  char byte;
  struct moment last = {0, 0}, end;
  if (!work->threads) {
    close(ready.in);
    close(done.in);
  }
  for (unsigned at = 0; at < workers; ++at) require(read(ready.out, &byte, 1) == 1, "a worker is set up");
  const struct moment begin = now();
  close(gate.in);
  for (unsigned at = 0; at < workers; ++at) {
    require(read(done.out, &end, sizeof end) == sizeof end, "a worker is done");
    if (end.ns > last.ns) last = end;
  }
  require(last.ns > begin.ns && last.ticks > begin.ticks, "time went by");
  return (struct moment){last.ns - begin.ns, last.ticks - begin.ticks};
}

static void measure(unsigned workers) {
  pid_t processes[most_workers];
  pthread_t threads[most_workers];
  ready = make_ends();
  gate = make_ends();
  done = make_ends();
  if (work->share) work->share();
  for (unsigned at = 0; at < workers; ++at) {
    if (work->threads) {
      require(pthread_create(&threads[at], NULL, worker_thread, NULL) == 0, "pthread_create");
    } else {
      start_process(&processes[at]);
    }
  }
  const struct moment spent = time_workers(workers);
  for (unsigned at = 0; at < workers; ++at) {
    if (work->threads) {
      pthread_join(threads[at], NULL);
    } else {
      await_process(processes[at]);
    }
  }
  if (work->unshare) work->unshare();
  if (work->threads) {
    close(ready.in);
    close(done.in);
  }
  close(ready.out);
  close(gate.out);
  close(done.out);
  const uint64_t all = (uint64_t)units * workers;
  printf("%s:%u\t%llu\t%llu\t%llu\n", work->name, workers, (unsigned long long)all, (unsigned long long)(spent.ticks / all),
         (unsigned long long)(spent.ns * 1000 / all));
  fflush(stdout);
}

static const struct work *find(const char *name, size_t length) {
  for (unsigned list = 0; list < list_count; ++list) {
    for (size_t at = 0; at < lists[list]->count; ++at) {
      const struct work *one = &lists[list]->works[at];
      if (strlen(one->name) == length && memcmp(one->name, name, length) == 0) return one;
    }
  }
  return NULL;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "--true") == 0) return 0;
  unsigned factor = 1;
  for (int at = 1; at < count; ++at) {
    if (strcmp(words[at], "--factor") == 0 && at + 1 < count) {
      factor = (unsigned)atoi(words[++at]);
      if (factor == 0 || factor > most_factor) factor = 1;
      continue;
    }
    const char *colon = strchr(words[at], ':');
    const long workers = colon == NULL ? 0 : strtol(colon + 1, NULL, 10);
    current = words[at];
    work = colon == NULL ? NULL : find(words[at], (size_t)(colon - words[at]));
    if (work == NULL || workers < 1 || workers > most_workers) {
      fprintf(stderr, "scaling: '%s' is not WORK:WORKERS\n", words[at]);
      return 2;
    }
    units = work->units * factor;
    measure((unsigned)workers);
  }
  return 0;
}
