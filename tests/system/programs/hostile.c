// SPDX-License-Identifier: Apache-2.0
// hostile KIND...: a program that means harm. It prints a last line `survived KIND`
// and ends with 0 when the system did not let it: then the shell should answer, too.
//   pointers           every system call with wild pointers
//   random SEED SECONDS  four processes at once make system calls with random numbers and arguments
//   forks, threads, memory, descriptors   takes without end
//   unknown            a system call that no Linux has
#include "hostile.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uid_t nobody = kNobody;

uint64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

void *shared_page(void) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) exit(2);
  return page;
}

static void limit(int resource, rlim_t value) {
  const struct rlimit both = {value, value};
  setrlimit(resource, &both);
}

void become_nobody(void) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NPROC, 30);
  limit(RLIMIT_FSIZE, 1 << 20);
  limit(RLIMIT_AS, 256 << 20);
  const int nothing = open("/dev/null", O_RDWR);
  for (int stream = 0; stream < 3; ++stream) dup2(nothing, stream);
  close(nothing);
  if (chdir("/tmp") != 0 || setgroups(0, NULL) != 0 || setgid(kNobody) != 0 || setuid(nobody) != 0) _exit(2);
}

void kill_nobodys(void) {
  const pid_t killer = fork();
  if (killer < 0) {  // or the wait below would be for those whom nobody kills
    perror("fork of the process that ends them");
    exit(1);
  }
  if (killer == 0) {
    if (setuid(nobody) != 0) _exit(2);
    kill(-1, SIGKILL);
    _exit(0);
  }
  waitpid(killer, NULL, 0);
  while (waitpid(-1, NULL, __WALL) > 0) {
  }
}

int hostile_unknown(void) {
  const uint64_t nothing[6] = {0};
  return raw_call(1999, nothing) == -38 ? 0 : 1;
}

int main(int count, char **words) {
  const char *kind = count > 1 ? words[1] : "";
  int status = 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(kind, "pointers") == 0) status = hostile_pointers();
  if (strcmp(kind, "random") == 0 && count == 4) status = hostile_random(strtoull(words[2], NULL, 0), (unsigned)atoi(words[3]));
  if (strcmp(kind, "forks") == 0) status = hostile_forks();
  if (strcmp(kind, "threads") == 0) status = hostile_threads();
  if (strcmp(kind, "memory") == 0) status = hostile_memory();
  if (strcmp(kind, "descriptors") == 0) status = hostile_descriptors();
  if (strcmp(kind, "unknown") == 0) status = hostile_unknown();
  if (status == 0) printf("survived %s\n", kind);
  return status;
}
