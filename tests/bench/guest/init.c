// SPDX-License-Identifier: Apache-2.0
// First process of the Linux that Tessera is compared with: mounts what programs
// expect, runs its arguments as a program, says how it ended and powers off.
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) {
  mount("dev", "/dev", "devtmpfs", 0, "");
  mount("proc", "/proc", "proc", 0, "");
  mount("tmp", "/tmp", "tmpfs", 0, "");
  int status = 127 << 8;
  if (count > 1) {
    const pid_t child = fork();
    if (child == 0) {
      setsid();  // as every login does: the scheduler's session group is part of what is measured
      execv(words[1], words + 1);
      perror(words[1]);
      _exit(127);
    }
    while (wait(&status) != child) {
    }
  }
  printf("init: status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  fflush(stdout);
  reboot(RB_POWER_OFF);
  return 1;
}
