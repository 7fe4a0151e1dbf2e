// SPDX-License-Identifier: Apache-2.0
// Pairs that take turns. A worker is a process with a partner of its own, another
// thread or another process; a unit is there and back.
#include <sys/wait.h>
#include <unistd.h>

#include "scaling.h"
#include "turns.h"

static int there[2], back[2];
static pid_t partner;

static void start_process(void) {
  require(pipe(there) == 0 && pipe(back) == 0, "pipe");
  require((partner = fork()) >= 0, "fork");
  if (partner == 0) {
    char byte;
    close(there[1]);
    close(back[0]);
    while (read(there[0], &byte, 1) == 1) require(write(back[1], &byte, 1) == 1, "write");
    _exit(0);
  }
  close(there[0]);
  close(back[1]);
}
static void end_process(void) {
  close(there[1]);
  close(back[0]);
  require(waitpid(partner, NULL, 0) == partner, "waitpid");
}
static void run_pipes(unsigned units) {
  char byte = 1;
  while (units-- != 0) {
    require(write(there[1], &byte, 1) == 1, "write");
    require(read(back[0], &byte, 1) == 1, "read");
  }
}

static const struct work works[] = {
    {"futex-pairs", 5000, 0, NULL, start_turns, take_turns, end_turns, NULL},
    {"pipe-pairs", 4000, 0, NULL, start_process, run_pipes, end_process, NULL},
};
WORKS(pair_works, works);
