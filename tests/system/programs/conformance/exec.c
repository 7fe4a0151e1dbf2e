// SPDX-License-Identifier: Apache-2.0
// execve: what stays, what goes, and the first stack of a program.
#include <elf.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capabilities.h"
#include "machine.h"
#include "test.h"

// Runs a shell command in a child that PREPARE got ready; its status.
static int shell(const char *command, void (*prepare)(void)) {
  const pid_t child = fork();
  if (child == 0) {
    if (prepare) prepare();
    execl("/bin/sh", "sh", "-c", command, NULL);
    _exit(126);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void files_stay(void) {
  make_file("f", "content");
  const int kept = open("f", O_RDONLY);
  CHECK(dup2(kept, 7) == 7 && fcntl(7, F_SETFD, 0) == 0 && open("f", O_RDONLY | O_CLOEXEC) >= 0);
  CHECK(shell("read x <&7; test \"$x\" = content", NULL) == 0);
  CHECK(fcntl(7, F_SETFD, FD_CLOEXEC) == 0 && shell("read x <&7", NULL) != 0);
}

static void ignore_and_block(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGTERM, SIG_IGN);
}
static void nothing(int signal) { (void)signal; }
static void install_handler(void) { signal(SIGTERM, nothing); }

static void signals_stay(void) {
  CHECK(shell("kill -TERM $$; kill -HUP $$; exit 3", ignore_and_block) == 3);
  CHECK(shell("kill -TERM $$; exit 3", install_handler) == 128 + SIGTERM);
}

static void process_stays(void) {
  char command[64];
  umask(027);
  CHECK(mkdir("d", 0755) == 0 && chdir("d") == 0);
  snprintf(command, sizeof(command), "test $PPID = %d -a $(umask) = 0027 -a ${PWD##*/} = d", getpid());
  CHECK(shell(command, NULL) == 0);
}

static void errors(void) {
  char *words[] = {"x", NULL};
  CHECK_ERRNO(ENOENT, execve("none", words, words));
  CHECK_ERRNO(EACCES, execve("/", words, words));
  CHECK_ERRNO(EACCES, execve("/etc/passwd", words, words));
  CHECK_ERRNO(ENOTDIR, execve("/etc/passwd/x", words, words));
  CHECK_ERRNO(EFAULT, execve((char *)(uintptr_t)8, words, words));
  CHECK_ERRNO(EFAULT, execve("/bin/sh", (char **)(uintptr_t)8, words));
  make_file("text", "no program\n");
  CHECK(chmod("text", 0755) == 0);
  CHECK_ERRNO(ENOEXEC, execve("text", words, words));
  make_file("script", "#!none\n");
  CHECK(chmod("script", 0755) == 0);
  CHECK_ERRNO(ENOENT, execve("script", words, words));
  const int busy = open("text", O_WRONLY);
  CHECK_ERRNO(ETXTBSY, execve("text", words, words));
  close(busy);
}

static void script_arguments(void) {
  make_file("s", "#!/bin/sh -u\ntest \"$0\" = ./s -a \"$1\" = 'a b' -a $# = 2 && exit 9\n");
  CHECK(chmod("s", 0755) == 0);
  const pid_t child = fork();
  if (child == 0) {
    execl("./s", "ignored", "a b", "c", NULL);
    _exit(1);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 9));
}

static void auxiliary_vector(void) {
  CHECK(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_PHDR) != 0 && getauxval(AT_PHNUM) > 0 && getauxval(AT_ENTRY) != 0);
  CHECK(getauxval(AT_UID) == getuid() && getauxval(AT_SECURE) == 0 && getauxval(AT_CLKTCK) == 100);
  const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
  int sum = 0;
  CHECK(random != NULL);
  for (int i = 0; i < 16; ++i) sum |= random[i];
  CHECK(sum != 0);
  const char *name = (const char *)getauxval(AT_EXECFN);
  CHECK(name != NULL && strstr(name, "conformance") != NULL && strcmp((const char *)getauxval(AT_PLATFORM), machine_name) == 0);
  const unsigned char *vdso = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
  CHECK(vdso == NULL || memcmp(vdso, ELFMAG, SELFMAG) == 0);
  CHECK(((uintptr_t)__builtin_frame_address(0) & 15) == 0);
}

// What programs choose their ways by is so, and works.
static void capabilities(void) {
  const char *wrong = machine_wrong_capability(getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
  if (wrong != NULL) fprintf(stderr, "wrong: %s\n", wrong);
  CHECK(wrong == NULL);
}

static void by_descriptor(void) {
  const int file = open("/bin/sh", O_RDONLY | O_CLOEXEC);
  const pid_t child = fork();
  if (child == 0) {
    char *words[] = {"sh", "-c", "exit 14", NULL}, *environment[] = {NULL};
    syscall(SYS_execveat, file, "", words, environment, AT_EMPTY_PATH);
    _exit(errno == ENOSYS ? 14 : 1);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 14));
}

static void vfork_and_exec(void) {
  for (int i = 0; i < 20; ++i) {
    const pid_t child = machine_vfork();
    if (child == 0) {
      execl("/bin/true", "true", NULL);
      _exit(1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  }
}

static void environment(void) {
  static char big[100000];
  memset(big, 'e', sizeof(big) - 1);
  CHECK(setenv("BIG", big, 1) == 0 && setenv("EMPTY", "", 1) == 0);
  CHECK(shell("test ${#BIG} = 99999 -a \"${EMPTY-unset}\" = ''", NULL) == 0);
  char *none[] = {NULL};
  const pid_t child = fork();
  if (child == 0) {
    execve("/bin/true", none, none);  // no argv[0]: Linux puts an empty one
    _exit(1);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
}

static void memory_goes(void) {
  CHECK(mmap((void *)0x10000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
  CHECK(shell("! grep -q '^10000000-' /proc/self/maps", NULL) == 0);
}

static void command_line_shown(void) {
  char text[256];
  const int file = open("/proc/self/cmdline", O_RDONLY);
  const ssize_t got = read(file, text, sizeof(text) - 1);
  CHECK(got > 0);
  CHECK(memmem(text, (size_t)got, "conformance", 11) != NULL);
  const ssize_t length = readlink("/proc/self/exe", text, sizeof(text) - 1);
  CHECK(length > 0);
  text[length] = 0;
  CHECK(strstr(text, "conformance") != NULL);
}

// Makes a copy of this program that the user 1 and the group 100 own.
static void copy_self(const char *path, mode_t mode) {
  const int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);
  CHECK(from >= 0 && to >= 0 && sendfile(to, from, NULL, 1 << 30) > 0 && close(to) == 0 && close(from) == 0);
  CHECK(chown(path, 1, 100) == 0 && chmod(path, mode) == 0);
}

// What the copy tells of itself (report_self, below).
static int reported(const char *path, void (*prepare)(void), char *text, size_t room) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (prepare) prepare();
    dup2(ends[1], 1);
    execl(path, "conformance", "--report-self", NULL);
    dprintf(1, "errno %d", errno);
    _exit(0);
  }
  close(ends[1]);
  size_t got = 0;
  for (ssize_t now; (now = read(ends[0], text + got, room - 1 - got)) > 0;) got += (size_t)now;
  text[got] = 0;
  close(ends[0]);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
  return 1;
}

void report_self(void) {
  uid_t uid[3];
  gid_t gid[3];
  getresuid(&uid[0], &uid[1], &uid[2]);
  getresgid(&gid[0], &gid[1], &gid[2]);
  int death_signal = 0;
  prctl(PR_GET_PDEATHSIG, &death_signal);
  struct stat status;
  memset(&status, 0, sizeof(status));
  stat("/proc/self/environ", &status);
  printf("uid %u %u %u gid %u %u %u secure %lu dumpable %d death %d proc %u %u", uid[0], uid[1], uid[2], gid[0], gid[1], gid[2],
         getauxval(AT_SECURE), prctl(PR_GET_DUMPABLE), death_signal, status.st_uid, status.st_gid);
}

static void become_nobody(void) {
  if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) _exit(9);
  prctl(PR_SET_PDEATHSIG, SIGHUP);
}
static void give_up_privileges(void) {
  become_nobody();
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
static void borrow_effective(void) {
  if (setresgid(0, 100, 65534) != 0 || setresuid(0, 1, 65534) != 0) _exit(9);
}

#define CHECK_REPORT(path, prepare, wanted)                                   \
  do {                                                                        \
    char report[256];                                                         \
    reported(path, prepare, report, sizeof(report));                          \
    if (strcmp(report, wanted) != 0) {                                        \
      printf("reported: %s\n", report);                                       \
      test_failed(__FILE__, __LINE__, "the report is " wanted);               \
    }                                                                         \
  } while (0)

static void set_id(void) {
  CHECK(chmod(".", 0755) == 0 && chmod("..", 0755) == 0);
  copy_self("plain", 0755);
  copy_self("user", 04755);
  copy_self("group", 02755);
  copy_self("both", 06755);
  copy_self("locking", 02745);
  copy_self("hidden", 0711);
  CHECK_REPORT("./plain", NULL, "uid 0 0 0 gid 0 0 0 secure 0 dumpable 1 death 0 proc 0 0");
  CHECK_REPORT("./user", NULL, "uid 0 1 1 gid 0 0 0 secure 1 dumpable 0 death 0 proc 0 0");
  CHECK_REPORT("./plain", become_nobody,
               "uid 65534 65534 65534 gid 65534 65534 65534 secure 0 dumpable 1 death 1 proc 65534 65534");
  CHECK_REPORT("./hidden", become_nobody,
               "uid 65534 65534 65534 gid 65534 65534 65534 secure 0 dumpable 0 death 1 proc 0 0");
  CHECK_REPORT("./user", become_nobody, "uid 65534 1 1 gid 65534 65534 65534 secure 1 dumpable 0 death 0 proc 0 0");
  CHECK_REPORT("./group", become_nobody, "uid 65534 65534 65534 gid 65534 100 100 secure 1 dumpable 0 death 0 proc 0 0");
  CHECK_REPORT("./both", become_nobody, "uid 65534 1 1 gid 65534 100 100 secure 1 dumpable 0 death 0 proc 0 0");
  CHECK_REPORT("./locking", become_nobody,
               "uid 65534 65534 65534 gid 65534 65534 65534 secure 0 dumpable 1 death 1 proc 65534 65534");
  CHECK_REPORT("./both", give_up_privileges,
               "uid 65534 65534 65534 gid 65534 65534 65534 secure 0 dumpable 1 death 1 proc 65534 65534");
  CHECK_REPORT("./plain", borrow_effective, "uid 0 1 1 gid 0 100 100 secure 1 dumpable 0 death 0 proc 0 0");
}

// Writers and programs keep each other out.
static void busy_text(void) {
  copy_self("program", 0755);
  const int writing = open("program", O_WRONLY);
  CHECK(writing >= 0);
  char text[64];
  reported("./program", NULL, text, sizeof(text));
  CHECK(strcmp(text, "errno 26") == 0 && close(writing) == 0);
  int ready[2], go[2];
  CHECK(pipe(ready) == 0 && pipe(go) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(go[0], 0);
    dup2(ready[1], 1);
    execl("./program", "conformance", "--wait-for-input", NULL);
    _exit(1);
  }
  CHECK(read(ready[0], text, 1) == 1);
  CHECK_ERRNO(ETXTBSY, open("program", O_WRONLY));
  CHECK_ERRNO(ETXTBSY, open("program", O_RDWR | O_TRUNC));
  CHECK_ERRNO(ETXTBSY, truncate("program", 10));
  CHECK(open("program", O_RDONLY) >= 0 && unlink("program") == 0);
  CHECK(write(go[1], "x", 1) == 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && ended_with(status, 0));
}

static const struct test tests[] = {
    {"files_stay", files_stay}, {"signals_stay", signals_stay}, {"process_stays", process_stays}, {"errors", errors},
    {"script_arguments", script_arguments}, {"auxiliary_vector", auxiliary_vector}, {"capabilities", capabilities}, {"by_descriptor", by_descriptor},
    {"vfork_and_exec", vfork_and_exec}, {"environment", environment}, {"memory_goes", memory_goes},
    {"command_line_shown", command_line_shown}, {"set_id", set_id}, {"busy_text", busy_text},
};
SUITE(exec_suite, "exec", tests);
