// SPDX-License-Identifier: Apache-2.0
// microbench [--factor N] ROW...: measures system calls, and Debian's programs where
// the root has them; `storage`, with other rows, files on a disk. Static Linux programs; the same
// files run on Linux and on Tessera.
// Prints, for each row, a line
//   NAME <tab> iterations <tab> ticks an iteration <tab> picoseconds an iteration
// ticks by the time-stamp counter, picoseconds by CLOCK_MONOTONIC. `--list` names
// the rows. `--soak`: ticks are those that the machine did not wait (soak.h). `--boot` writes
// `booted` first of all, then `boot <tab> 1 <tab> counter <tab> 0` with the counter as it was
// when that first write had returned.
#include "measure.h"
#include "soak.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *current = "microbench";

noreturn void fail(const char *what) {
  fprintf(stderr, "microbench: %s: %s: %s\n", current, what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec time;
  require(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime");
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void measure(const struct row *row, unsigned factor) {
  current = row->name;
  const unsigned count = row->iterations == 1 ? 1 : row->iterations * factor;
  if (row->set_up) row->set_up();
  row->run(row->warm_up);
  const uint64_t start_ns = now_ns(), start_idle = idle_ticks(), start = ticks();
  row->run(count);
  const uint64_t all = ticks() - start, idle = idle_ticks() - start_idle, spent = all > idle ? all - idle : 0, spent_ns = now_ns() - start_ns;
  if (row->tear_down) row->tear_down();
  printf("%s\t%u\t%llu\t%llu\n", row->name, count, (unsigned long long)((spent + count / 2) / count),
         (unsigned long long)(spent_ns * 1000 / count));
  fflush(stdout);
}

static const struct row *find(const char *name) {
  for (const struct row_list *const *list = row_lists; *list != NULL; ++list)
    for (size_t at = 0; at < (*list)->count; ++at)
      if (strcmp((*list)->rows[at].name, name) == 0) return &(*list)->rows[at];
  return NULL;
}

static void print_names(void) {
  for (const struct row_list *const *list = row_lists; *list != NULL; ++list)
    for (size_t at = 0; at < (*list)->count; ++at) puts((*list)->rows[at].name);
}

int main(int count, char **words) {
  unsigned factor = 1;
  int at = 1;
  for (; at < count; ++at) {
    if (strcmp(words[at], "--boot") == 0) {
      require(write(STDOUT_FILENO, "booted\n", 7) == 7, "write");
      printf("boot\t1\t%llu\t0\n", (unsigned long long)ticks());
      return 0;
    }
    if (strcmp(words[at], "--soak") == 0) {
      soak();
      continue;
    }
    if (strcmp(words[at], "--list") == 0) {
      print_names();
      return 0;
    }
    if (strcmp(words[at], "--factor") == 0 && at + 1 < count) {
      factor = (unsigned)atoi(words[++at]);
      if (factor == 0) factor = 1;
      continue;
    }
    const struct row *row = find(words[at]);
    if (row == NULL) {
      fprintf(stderr, "microbench: no row '%s' (--list names them)\n", words[at]);
      return 2;
    }
    measure(row, factor);
  }
  return 0;
}
