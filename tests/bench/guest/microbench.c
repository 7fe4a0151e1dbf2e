// SPDX-License-Identifier: Apache-2.0
// microbench [--factor N] ROW...: measures system calls, and Debian's programs where
// the root has them. A static Linux program; the same file runs on Linux and on Tessera.
// Prints, for each row, a line
//   NAME <tab> iterations <tab> ticks an iteration <tab> picoseconds an iteration
// ticks by the time-stamp counter, picoseconds by CLOCK_MONOTONIC. `--list` names
// the rows. `--boot` writes `booted` first of all, then `boot <tab> 1 <tab> counter
// <tab> 0` with the counter as it was when that first write had returned.
#include "measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const struct row_list *const lists[] = {&call_rows, &memory_rows, &process_rows, &thread_rows, &pipe_rows, &file_rows, &program_rows};
enum { list_count = sizeof(lists) / sizeof(lists[0]) };

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
  const uint64_t start_ns = now_ns(), start = ticks();
  row->run(count);
  const uint64_t spent = ticks() - start, spent_ns = now_ns() - start_ns;
  if (row->tear_down) row->tear_down();
  printf("%s\t%u\t%llu\t%llu\n", row->name, count, (unsigned long long)((spent + count / 2) / count),
         (unsigned long long)(spent_ns * 1000 / count));
  fflush(stdout);
}

static const struct row *find(const char *name) {
  for (unsigned list = 0; list < list_count; ++list)
    for (size_t at = 0; at < lists[list]->count; ++at)
      if (strcmp(lists[list]->rows[at].name, name) == 0) return &lists[list]->rows[at];
  return NULL;
}

static void print_names(void) {
  for (unsigned list = 0; list < list_count; ++list)
    for (size_t at = 0; at < lists[list]->count; ++at) puts(lists[list]->rows[at].name);
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
