// SPDX-License-Identifier: Apache-2.0
// Namespaces of mounts and names; mounts that move, bind and go.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char here[256];
static const char *path(const char *name) {
  static char text[4][300];
  static int next;
  char *const made = text[next++ % 4];
  snprintf(made, sizeof text[0], "%s/%s", here, name);
  return made;
}
// Of its own mounts, where nothing is shared with others.
static void own_mounts(void) {
  CHECK(getcwd(here, sizeof here) != NULL);
  const int done = unshare(CLONE_NEWNS);
  SKIP_UNLESS_THERE(done);
  CHECK(done == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}
static int there(const char *name) { return access(name, F_OK) == 0; }
static int mounted(const char *name) {
  char line[512];
  int found = 0;
  FILE *const file = fopen("/proc/self/mounts", "r");
  CHECK(file != NULL);
  while (fgets(line, sizeof line, file)) {
    char *const place = strchr(line, ' ');
    found += place != NULL && strncmp(place + 1, name, strlen(name)) == 0 && place[1 + strlen(name)] == ' ';
  }
  fclose(file);
  return found;
}

static void unshared(void) {
  own_mounts();
  CHECK(mkdir("m", 0755) == 0);
  int to_child[2], to_parent[2];
  char byte;
  CHECK(pipe(to_child) == 0 && pipe(to_parent) == 0);
  const pid_t child = fork();
  if (child == 0) {
    CHECK(unshare(CLONE_NEWNS) == 0 && mount("none", "m", "tmpfs", 0, NULL) == 0);
    make_file("m/inside", "x");
    CHECK(mounted(path("m")) == 1 && write(to_parent[1], "m", 1) == 1 && read(to_child[0], &byte, 1) == 1);
    CHECK(there("m/inside") && !there("m/outside"));
    _exit(0);
  }
  CHECK(read(to_parent[0], &byte, 1) == 1 && !there("m/inside") && mounted(path("m")) == 0);
  make_file("m/outside", "x");
  // What the child mounted can be seen through it.
  char text[300], one[64], two[64];
  snprintf(text, sizeof text, "/proc/%d/root%s", child, path("m/inside"));
  CHECK(there(text));
  snprintf(text, sizeof text, "/proc/%d/ns/mnt", child);
  ssize_t length = readlink(text, one, sizeof one - 1);
  CHECK(length > 5 && strncmp(one, "mnt:[", 5) == 0);
  one[length] = 0;
  length = readlink("/proc/self/ns/mnt", two, sizeof two - 1);
  CHECK(length > 5);
  two[length] = 0;
  CHECK(strcmp(one, two) != 0);
  // And entered.
  const int other = open(text, O_RDONLY), own = open("/proc/self/ns/mnt", O_RDONLY), all = open("/proc/self/ns", O_RDONLY);
  CHECK(other >= 0 && own >= 0 && all >= 0 && setns(other, CLONE_NEWNS) == 0);
  CHECK(readlinkat(all, "mnt", text, sizeof text) > 5 && strncmp(text, one, strlen(one)) == 0);
  CHECK(setns(own, 0) == 0 && readlinkat(all, "mnt", text, sizeof text) > 5 && strncmp(text, two, strlen(two)) == 0);
  CHECK_ERRNO(EINVAL, setns(own, CLONE_NEWUTS));
  CHECK_ERRNO(EBADF, setns(-1, 0));
  CHECK_ERRNO(EINVAL, setns(to_child[0], 0));
  CHECK(write(to_child[1], "c", 1) == 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static char stack[65536] __attribute__((aligned(16)));
static int in_clone(void *unused) {
  (void)unused;
  char name[64];
  CHECK(sethostname("elsewhere", 9) == 0 && gethostname(name, sizeof name) == 0 && strcmp(name, "elsewhere") == 0);
  CHECK(mount("none", "m", "tmpfs", 0, NULL) == 0);
  return 0;
}
static void names(void) {
  own_mounts();
  char before[64], after[64];
  int status;
  CHECK(gethostname(before, sizeof before) == 0 && mkdir("m", 0755) == 0);
  const pid_t child = clone(in_clone, stack + sizeof stack, CLONE_NEWUTS | CLONE_NEWNS | SIGCHLD, NULL);
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  CHECK(gethostname(after, sizeof after) == 0 && strcmp(before, after) == 0 && mounted(path("m")) == 0);
  CHECK(unshare(CLONE_NEWUTS) == 0 && sethostname("mine", 4) == 0);
  struct utsname all;
  CHECK(uname(&all) == 0 && strcmp(all.nodename, "mine") == 0);
  const pid_t second = fork();
  if (second == 0) {
    CHECK(gethostname(after, sizeof after) == 0 && strcmp(after, "mine") == 0 && sethostname("ours", 4) == 0);
    _exit(0);
  }
  CHECK(waitpid(second, &status, 0) == second && status == 0 && gethostname(after, sizeof after) == 0 && strcmp(after, "ours") == 0);
}

static void stranger(void) {
  CHECK(setgid(4242) == 0 && setuid(4242) == 0);
  CHECK_ERRNO(EPERM, unshare(CLONE_NEWNS));
  CHECK_ERRNO(EPERM, unshare(CLONE_NEWUTS));
  CHECK_ERRNO(EPERM, (int)syscall(SYS_pivot_root, "/", "/"));
  CHECK(unshare(CLONE_FS | CLONE_FILES) == 0);
}
static void errors(void) {
  own_mounts();
  CHECK_ERRNO(EINVAL, unshare(1 << 13));  // CLONE_PTRACE
  CHECK_ERRNO(EINVAL, (int)syscall(SYS_clone, CLONE_NEWNS | CLONE_FS | SIGCHLD, 0, 0, 0, 0));
  CHECK(unshare(0) == 0 && unshare(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM) == 0);
  CHECK(ended_with(child_status(stranger), 0));
}

static void files_and_directory(void) {
  own_mounts();
  // What clone shares, unshare takes apart.
  CHECK(mkdir("d", 0755) == 0);
  const pid_t child = (pid_t)syscall(SYS_clone, CLONE_FS | CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    CHECK(unshare(CLONE_FS | CLONE_FILES) == 0 && chdir("d") == 0 && close(1) == 0);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0 && there("d") && fcntl(1, F_GETFD) >= 0);
}

static void moves(void) {
  own_mounts();
  CHECK(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mount("none", "a", "tmpfs", 0, NULL) == 0);
  make_file("a/file", "x");
  CHECK(mkdir("a/below", 0755) == 0 && mount("none", "a/below", "tmpfs", 0, NULL) == 0);
  make_file("a/below/deep", "x");
  CHECK_ERRNO(ELOOP, mount("a", "a/below", NULL, MS_MOVE, NULL));
  CHECK_ERRNO(EINVAL, mount("b", "a", NULL, MS_MOVE, NULL));
  CHECK(mount("a", "b", NULL, MS_MOVE, NULL) == 0 && there("b/file") && there("b/below/deep") && !there("a/file"));
  CHECK(mounted(path("b")) == 1 && mounted(path("b/below")) == 1 && mounted(path("a")) == 0);
  CHECK(rmdir("a") == 0);
  // Bound, alone and with what is below.
  CHECK(mkdir("c", 0755) == 0 && mount("b", "c", NULL, MS_BIND, NULL) == 0 && there("c/file") && !there("c/below/deep"));
  CHECK(umount("c") == 0 && mount("b", "c", NULL, MS_BIND | MS_REC, NULL) == 0 && there("c/below/deep"));
  CHECK_ERRNO(EBUSY, umount("c"));
  // Lazily: all of it, though it is in use.
  const int held = open("c/below/deep", O_RDONLY);
  CHECK(held >= 0 && umount2("c", MNT_DETACH) == 0 && !there("c/file") && mounted(path("c/below")) == 0);
  char byte;
  CHECK(read(held, &byte, 1) == 1 && byte == 'x' && there("b/below/deep"));
  CHECK_ERRNO(EINVAL, umount("c"));
  CHECK(umount("b/below") == 0 && umount("b") == 0);
}

static void pivots(void) {
  own_mounts();
  CHECK(mkdir("new", 0755) == 0);
  CHECK_ERRNO(EBUSY, (int)syscall(SYS_pivot_root, ".", "."));  // of the present root
  CHECK(mount("none", "new", "tmpfs", 0, NULL) == 0 && mkdir("new/old", 0755) == 0 && mkdir("new/plain", 0755) == 0);
  make_file("new/here", "x");
  CHECK_ERRNO(EINVAL, (int)syscall(SYS_pivot_root, "new/plain", "new/old"));  // no mount
  CHECK_ERRNO(ENOTDIR, (int)syscall(SYS_pivot_root, "new", "new/here"));
  CHECK_ERRNO(ENOENT, (int)syscall(SYS_pivot_root, "new", "new/none"));
  // Below a mount of its own, as containers do: here, the root may be no mount (chroot).
  const pid_t child = fork();
  if (child == 0) {
    CHECK(mkdir("root", 0755) == 0 && mount("none", "root", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("root/next", 0755) == 0 && mount("none", "root/next", "tmpfs", 0, NULL) == 0 && mkdir("root/next/old", 0755) == 0);
    make_file("root/mark", "x");
    make_file("root/next/mark2", "x");
    CHECK(chroot("root") == 0 && chdir("/") == 0 && there("/mark"));
    CHECK((int)syscall(SYS_pivot_root, "/next", "/next/old") == 0);
    CHECK(there("/mark2") && there("/old/mark") && !there("/mark"));
    CHECK(chdir("/") == 0 && umount2("/old", MNT_DETACH) == 0 && !there("/old/mark") && there("/mark2"));
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

// A namespace goes with its last process: its mounts keep nothing busy.
static void one_namespace(void) {
  CHECK(unshare(CLONE_NEWNS) == 0 && mount("none", "m", "tmpfs", 0, NULL) == 0 && mkdir("m/d", 0755) == 0);
  CHECK(mount("none", "m/d", "tmpfs", 0, NULL) == 0);
}
static void ends(void) {
  own_mounts();
  CHECK(mkdir("m", 0755) == 0);
  for (int round = 0; round < 20; ++round) CHECK(ended_with(child_status(one_namespace), 0));
  CHECK(rmdir("m") == 0);
}

static const struct test tests[] = {
    {"unshared", unshared}, {"names", names},   {"errors", errors}, {"files_and_directory", files_and_directory},
    {"moves", moves},       {"pivots", pivots}, {"ends", ends},
};
SUITE(namespace_suite, "namespace", tests);
