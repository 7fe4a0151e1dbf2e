// SPDX-License-Identifier: Apache-2.0
// Names: directories, links, rename, unlink, the *at calls.
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test.h"

static void make_and_remove(void) {
  CHECK(mkdir("d", 0750) == 0);
  struct stat status;
  CHECK(stat("d", &status) == 0 && S_ISDIR(status.st_mode) && (status.st_mode & 07777) == 0750 && status.st_nlink == 2);
  CHECK(mkdir("d/e", 0755) == 0 && stat("d", &status) == 0 && status.st_nlink == 3);
  CHECK_ERRNO(EEXIST, mkdir("d", 0755));
  CHECK_ERRNO(ENOENT, mkdir("x/y", 0755));
  CHECK_ERRNO(ENOTEMPTY, rmdir("d"));
  CHECK_ERRNO(EISDIR, unlink("d"));
  CHECK_ERRNO(EINVAL, rmdir("d/."));
  CHECK_ERRNO(EBUSY, rmdir("/"));
  make_file("f", "");
  CHECK_ERRNO(ENOTDIR, rmdir("f"));
  CHECK_ERRNO(ENOTDIR, mkdir("f/x", 0755));
  CHECK_ERRNO(ENOENT, unlink("none"));
  CHECK_ERRNO(ENOTDIR, unlink("f/"));
  CHECK(rmdir("d/e") == 0 && rmdir("d") == 0);
}

static void unlinked_stays_open(void) {
  make_file("f", "still here");
  const int file = open("f", O_RDWR);
  CHECK(unlink("f") == 0);
  struct stat status;
  char text[10];
  CHECK(fstat(file, &status) == 0 && status.st_nlink == 0 && read(file, text, 10) == 10 && memcmp(text, "still here", 10) == 0);
  CHECK(write(file, "more", 4) == 4);
  make_file("f", "other");
  CHECK(fstat(file, &status) == 0 && status.st_size == 14);
}

static void hard_links(void) {
  make_file("a", "one");
  CHECK(link("a", "b") == 0);
  struct stat a, b;
  CHECK(stat("a", &a) == 0 && stat("b", &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_nlink == 2);
  CHECK_ERRNO(EEXIST, link("a", "b"));
  CHECK(mkdir("d", 0755) == 0);
  CHECK_ERRNO(EPERM, link("d", "e"));
  CHECK_ERRNO(ENOENT, link("none", "c"));
  CHECK(unlink("a") == 0 && stat("b", &b) == 0 && b.st_nlink == 1);
}

static void symbolic_links(void) {
  CHECK(symlink("target/path", "l") == 0);
  char text[64];
  struct stat status;
  CHECK(readlink("l", text, sizeof(text)) == 11 && memcmp(text, "target/path", 11) == 0);
  CHECK(readlink("l", text, 3) == 3 && lstat("l", &status) == 0 && S_ISLNK(status.st_mode) && status.st_size == 11);
  CHECK_ERRNO(ENOENT, stat("l", &status));
  CHECK_ERRNO(EEXIST, symlink("x", "l"));
  CHECK_ERRNO(ENOENT, symlink("", "m"));
  make_file("f", "");
  CHECK_ERRNO(EINVAL, readlink("f", text, sizeof(text)));
  CHECK(symlink("loop", "loop") == 0);
  CHECK_ERRNO(ELOOP, open("loop", O_RDONLY));
  CHECK(mkdir("d", 0755) == 0 && symlink("d", "e") == 0);
  CHECK_ERRNO(ENOTDIR, rmdir("e"));
  CHECK(lstat("e/", &status) == 0 && S_ISDIR(status.st_mode));
}

static void rename_rules(void) {
  make_file("a", "a");
  make_file("b", "b");
  struct stat before, after;
  CHECK(stat("a", &before) == 0 && rename("a", "b") == 0 && stat("b", &after) == 0 && before.st_ino == after.st_ino);
  CHECK_ERRNO(ENOENT, rename("a", "c"));
  CHECK(mkdir("d", 0755) == 0 && mkdir("full", 0755) == 0 && mkdir("empty", 0755) == 0);
  make_file("full/x", "");
  CHECK_ERRNO(EISDIR, rename("b", "d"));
  CHECK_ERRNO(ENOTDIR, rename("d", "b"));
  CHECK_ERRNO(ENOTEMPTY, rename("d", "full"));
  CHECK(rename("full", "empty") == 0 && access("empty/x", F_OK) == 0);
  CHECK_ERRNO(EINVAL, rename("d", "d/inside"));
  CHECK_ERRNO(EXDEV, rename("b", "/proc/x"));
  CHECK(link("b", "hard") == 0 && rename("b", "hard") == 0 && access("b", F_OK) == 0 && access("hard", F_OK) == 0);
  CHECK(rename("d", "d") == 0 && mkdir("deep", 0755) == 0 && rename("d", "deep/d") == 0 && stat("deep", &after) == 0 && after.st_nlink == 3);
  CHECK(stat("deep/d/..", &before) == 0 && before.st_ino == after.st_ino);
}

static void rename_flags(void) {
  make_file("a", "a");
  make_file("b", "bb");
  struct stat status;
  CHECK_ERRNO(EEXIST, syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1));
  CHECK(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2) == 0 && stat("a", &status) == 0 && status.st_size == 2);
  CHECK(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "c", 1) == 0);
  CHECK_ERRNO(EINVAL, syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", 3));
}

static int count_entries(const char *path) {
  DIR *directory = opendir(path);
  CHECK(directory != NULL);
  int entries = 0;
  while (readdir(directory)) ++entries;
  closedir(directory);
  return entries;
}

static void listing(void) {
  CHECK(mkdir("d", 0755) == 0 && chdir("d") == 0 && count_entries(".") == 2);
  for (int i = 0; i < 500; ++i) {
    char name[32];
    snprintf(name, sizeof(name), "a-name-of-some-length-%d", i);
    make_file(name, "");
  }
  CHECK(mkdir("sub", 0755) == 0 && symlink("x", "link") == 0 && count_entries(".") == 504);
  DIR *directory = opendir(".");
  int directories = 0, links = 0, files = 0;
  for (struct dirent *entry; (entry = readdir(directory));) {
    directories += entry->d_type == DT_DIR;
    links += entry->d_type == DT_LNK;
    files += entry->d_type == DT_REG;
    struct stat status;
    CHECK(lstat(entry->d_name, &status) == 0 && (strcmp(entry->d_name, "..") == 0 || status.st_ino == entry->d_ino));
  }
  CHECK(directories == 3 && links == 1 && files == 500);
  rewinddir(directory);
  CHECK(readdir(directory) != NULL);
  closedir(directory);
  char little[10];
  CHECK_ERRNO(EINVAL, syscall(SYS_getdents64, open(".", O_RDONLY), little, sizeof(little)));
  CHECK_ERRNO(ENOTDIR, syscall(SYS_getdents64, open("link", O_RDWR | O_CREAT, 0644), little, sizeof(little)));
}

static void removed_while_listed(void) {
  for (int i = 0; i < 300; ++i) {
    char name[16];
    snprintf(name, sizeof(name), "f%d", i);
    make_file(name, "");
  }
  DIR *directory = opendir(".");
  int removed = 0;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (entry->d_name[0] == 'f') removed += unlink(entry->d_name) == 0;
  }
  closedir(directory);
  CHECK(removed == 300 && count_entries(".") == 2);
}

static void at_calls(void) {
  CHECK(mkdir("d", 0755) == 0);
  const int directory = open("d", O_RDONLY | O_DIRECTORY);
  const int file = openat(directory, "f", O_RDWR | O_CREAT, 0644);
  CHECK(file >= 0 && mkdirat(directory, "e", 0755) == 0 && symlinkat("f", directory, "l") == 0);
  struct stat status;
  CHECK(fstatat(directory, "l", &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode));
  CHECK(fstatat(directory, "l", &status, 0) == 0 && S_ISREG(status.st_mode));
  CHECK(fstatat(file, "", &status, AT_EMPTY_PATH) == 0 && S_ISREG(status.st_mode));
  CHECK(linkat(directory, "f", AT_FDCWD, "hard", 0) == 0 && renameat(AT_FDCWD, "hard", directory, "g") == 0);
  CHECK(faccessat(directory, "g", R_OK, 0) == 0 && fchmodat(directory, "g", 0600, 0) == 0 && fchownat(directory, "g", 1, 2, 0) == 0);
  CHECK_ERRNO(EISDIR, unlinkat(directory, "e", 0));
  CHECK_ERRNO(ENOTDIR, unlinkat(directory, "g", AT_REMOVEDIR));
  CHECK(unlinkat(directory, "e", AT_REMOVEDIR) == 0 && unlinkat(directory, "g", 0) == 0);
  CHECK_ERRNO(ENOTDIR, openat(file, "x", O_RDONLY));
  CHECK_ERRNO(EBADF, openat(999, "x", O_RDONLY));
  CHECK(openat(999, "/etc/passwd", O_RDONLY) >= 0);
  char text[8];
  CHECK(readlinkat(directory, "l", text, 8) == 1);
  CHECK(mkfifoat(directory, "p", 0644) == 0 && fstatat(directory, "p", &status, 0) == 0 && S_ISFIFO(status.st_mode));
}

static void working_directory(void) {
  char start[PATH_MAX], here[PATH_MAX];
  CHECK(getcwd(start, sizeof(start)) != NULL && mkdir("d", 0755) == 0 && chdir("d") == 0);
  CHECK(getcwd(here, sizeof(here)) != NULL && strcmp(here + strlen(start), "/d") == 0);
  CHECK(getcwd(here, 3) == NULL && errno == ERANGE);
  CHECK(rename("../d", "../e") == 0 && getcwd(here, sizeof(here)) != NULL && strcmp(here + strlen(start), "/e") == 0);
  const int directory = open("..", O_RDONLY);
  CHECK(rmdir("../e") == 0 && getcwd(here, sizeof(here)) == NULL && errno == ENOENT);
  CHECK_ERRNO(ENOENT, open("x", O_CREAT | O_WRONLY, 0644));
  CHECK(fchdir(directory) == 0 && getcwd(here, sizeof(here)) != NULL && strcmp(here, start) == 0);
  CHECK_ERRNO(ENOTDIR, chdir("/etc/passwd"));
}

static void new_root(void) {
  CHECK(mkdir("r", 0755) == 0 && mkdir("r/inside", 0755) == 0 && chroot("r") == 0 && chdir("/") == 0);
  CHECK(access("/inside", F_OK) == 0 && access("/../../inside", F_OK) == 0);
  CHECK_ERRNO(ENOENT, access("/etc", F_OK));
}

static void names_too_long(void) {
  static char name[PATH_MAX + 10];
  memset(name, 'n', 256);
  CHECK_ERRNO(ENAMETOOLONG, open(name, O_RDONLY));
  name[255] = 0;
  make_file(name, "x");
  CHECK(unlink(name) == 0);
  for (int i = 0; i < PATH_MAX + 4; ++i) name[i] = i % 2 ? '/' : '.';
  CHECK_ERRNO(ENAMETOOLONG, open(name, O_RDONLY));
  name[PATH_MAX - 1] = 0;
  CHECK(open(name, O_RDONLY | O_DIRECTORY) >= 0);
}

static void nodes(void) {
  struct stat status;
  CHECK(mknod("n", S_IFCHR | 0666, 0x103) == 0 && stat("n", &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0x103);
  const int file = open("n", O_RDWR);
  char byte;
  CHECK(file >= 0 && write(file, "x", 1) == 1 && read(file, &byte, 1) == 0);
  CHECK(mknod("r", S_IFREG | 0644, 0) == 0 && stat("r", &status) == 0 && S_ISREG(status.st_mode));
  CHECK_ERRNO(EEXIST, mkfifo("n", 0644));
  CHECK_ERRNO(EPERM, mknod("d", S_IFDIR | 0755, 0));
}

static void extended_status(void) {
  make_file("f", "12345");
  unsigned char info[256];
  CHECK(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, info) == 0);
  CHECK(*(unsigned *)(void *)(info + 16) == 1 && *(unsigned long *)(void *)(info + 40) == 5);
  CHECK_ERRNO(ENOENT, syscall(SYS_statx, AT_FDCWD, "none", 0, 0x7ff, info));
}

static const struct test tests[] = {
    {"make_and_remove", make_and_remove}, {"unlinked_stays_open", unlinked_stays_open}, {"hard_links", hard_links},
    {"symbolic_links", symbolic_links}, {"rename_rules", rename_rules}, {"rename_flags", rename_flags}, {"listing", listing},
    {"removed_while_listed", removed_while_listed}, {"at_calls", at_calls}, {"working_directory", working_directory},
    {"new_root", new_root}, {"names_too_long", names_too_long}, {"nodes", nodes}, {"extended_status", extended_status},
};
SUITE(directory_suite, "directory", tests);
