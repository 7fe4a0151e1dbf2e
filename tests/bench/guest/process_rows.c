// SPDX-License-Identifier: Apache-2.0
// Processes: made, replaced, waited for.
#include "measure.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char program[] = "/bin/microbench-exit";  // exit.c: ends at once with status 0
static char *const arguments[] = {program, NULL};
static char *const environment[] = {NULL};

// What a parent of ordinary size has in memory beside its program: 1 MiB, all in use.
enum { heap_bytes = 1 << 20, page_bytes = 4096 };
static char *heap;

static void fill_heap(void) {
  heap = mmap(NULL, heap_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(heap != MAP_FAILED, "mmap");
  madvise(heap, heap_bytes, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < heap_bytes; at += page_bytes) heap[at] = 1;
}
static void drop_heap(void) { munmap(heap, heap_bytes); }

static void await(pid_t child) {
  int status = -1;
  require(waitpid(child, &status, 0) == child, "waitpid");
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended well");
}

static void run_fork(unsigned count) {
  while (count-- != 0) {
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) _exit(0);
    await(child);
  }
}

static void run_fork_exec(unsigned count) {
  while (count-- != 0) {
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
      execve(program, arguments, environment);
      _exit(127);
    }
    await(child);
  }
}

static void run_vfork_exec(unsigned count) {
  while (count-- != 0) {
    const pid_t child = vfork();
    require(child >= 0, "vfork");
    if (child == 0) {
      execve(program, arguments, environment);
      _exit(127);
    }
    await(child);
  }
}

static void run_spawn(unsigned count) {
  while (count-- != 0) {
    pid_t child;
    require(posix_spawn(&child, program, NULL, NULL, arguments, environment) == 0, "posix_spawn");
    await(child);
  }
}

static const struct row rows[] = {
    {"fork-exit-wait", 5, 40, fill_heap, run_fork, drop_heap},
    {"fork-exec-wait", 5, 40, fill_heap, run_fork_exec, drop_heap},
    {"vfork-exec-wait", 5, 40, fill_heap, run_vfork_exec, drop_heap},
    {"posix-spawn-wait", 5, 40, fill_heap, run_spawn, drop_heap},
};
ROWS(process_rows, rows);
