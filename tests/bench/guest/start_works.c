// SPDX-License-Identifier: Apache-2.0
// Programs started and waited for, one after the other. A unit is one of them.
#include <sys/wait.h>
#include <unistd.h>

#include "scaling.h"

static void run_fork_exec(unsigned units) {
  static char *const arguments[] = {"/bin/scaling", "--true", NULL};
  static char *const environment[] = {NULL};
  while (units-- != 0) {
    int status = -1;
    const pid_t child = fork();
    require(child >= 0, "fork");
    if (child == 0) {
      execve(arguments[0], arguments, environment);
      _exit(127);
    }
    require(waitpid(child, &status, 0) == child, "waitpid");
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the program ended well");
  }
}

static const struct work works[] = {
    {"fork-exec", 120, 0, NULL, NULL, run_fork_exec, NULL, NULL},
};
WORKS(start_works, works);
