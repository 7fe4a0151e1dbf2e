// SPDX-License-Identifier: Apache-2.0
// First process of the Linux that Tessera is compared with: mounts what programs
// expect, runs its arguments as a program, says how it ended and powers off.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"

// With `maxcpus=1 online=N` on the kernel's command line, the cores come up here. It
// is for the instruction clock, under which QEMU 7.2 gives the next core a
// turn only when a core halts or pauses: Linux, which waits for a new core without
// either, would wait for ever. The child beside it pauses, now and then: a pause takes
// long on the host and hardly moves the guest's clock.
static void start_cores(int cores) {
  mount("sys", "/sys", "sysfs", 0, "");
  const pid_t pausing = fork();
  while (pausing == 0) {
    for (int at = 0; at < 20000; ++at) __asm__ volatile("");
    pause_processor();
  }
  for (int core = 1; core < cores; ++core) {
    char path[64];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/online", core);
    const int file = open(path, O_WRONLY);
    if (file < 0 || write(file, "1", 1) != 1) perror(path);
    close(file);
  }
  kill(pausing, SIGKILL);
  waitpid(pausing, NULL, 0);
}

// The kernel's own, in the order in which they are numbered.
static void load_modules(void) {
  for (int number = 0;; ++number) {
    char path[32];
    snprintf(path, sizeof path, "/modules/%d", number);
    const int file = open(path, O_RDONLY);
    if (file < 0) return;
    if (syscall(SYS_finit_module, file, "", 0) != 0) perror(path);
    close(file);
  }
}

int main(int count, char **words) {
  mount("dev", "/dev", "devtmpfs", 0, "");
  mount("proc", "/proc", "proc", 0, "");
  mount("tmp", "/tmp", "tmpfs", 0, "");
  if (getenv("online") != NULL) start_cores(atoi(getenv("online")));
  load_modules();
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
