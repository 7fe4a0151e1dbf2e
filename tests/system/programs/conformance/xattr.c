// SPDX-License-Identifier: Apache-2.0
// Extended attributes of files in memory.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "test.h"

static int in_list(const char *list, ssize_t bytes, const char *name) {
  for (ssize_t at = 0; at < bytes; at += (ssize_t)strlen(list + at) + 1) {
    if (strcmp(list + at, name) == 0) return 1;
  }
  return 0;
}

static void set_and_get(void) {
  char value[64];
  make_file("f", "x");
  CHECK_ERRNO(ENODATA, getxattr("f", "trusted.a", value, sizeof(value)));
  CHECK(setxattr("f", "trusted.a", "one", 3, 0) == 0 && getxattr("f", "trusted.a", value, sizeof(value)) == 3);
  CHECK(memcmp(value, "one", 3) == 0 && getxattr("f", "trusted.a", NULL, 0) == 3);
  CHECK_ERRNO(ERANGE, getxattr("f", "trusted.a", value, 2));
  CHECK_ERRNO(EEXIST, setxattr("f", "trusted.a", "two", 3, XATTR_CREATE));
  CHECK_ERRNO(ENODATA, setxattr("f", "trusted.b", "two", 3, XATTR_REPLACE));
  CHECK_ERRNO(ENODATA, setxattr("f", "trusted.b", "two", 3, XATTR_REPLACE | XATTR_CREATE));
  CHECK_ERRNO(EINVAL, setxattr("f", "trusted.b", "two", 3, 4));
  CHECK(setxattr("f", "trusted.a", "longer", 6, XATTR_REPLACE) == 0 && getxattr("f", "trusted.a", value, 64) == 6);
  CHECK(memcmp(value, "longer", 6) == 0 && setxattr("f", "security.empty", NULL, 0, XATTR_CREATE) == 0);
  CHECK(getxattr("f", "security.empty", value, 64) == 0);
  CHECK(removexattr("f", "trusted.a") == 0);
  CHECK_ERRNO(ENODATA, getxattr("f", "trusted.a", value, 64));
  CHECK_ERRNO(ENODATA, removexattr("f", "trusted.a"));
  // A second name is the same file; a copy by rename keeps them.
  CHECK(link("f", "g") == 0 && getxattr("g", "security.empty", value, 64) == 0);
  CHECK(rename("g", "h") == 0 && getxattr("h", "security.empty", value, 64) == 0);
}

static void listing(void) {
  char list[256];
  make_file("f", "x");
  CHECK(listxattr("f", list, sizeof(list)) == 0);
  CHECK(setxattr("f", "trusted.one", "1", 1, 0) == 0 && setxattr("f", "security.two", "2", 1, 0) == 0);
  CHECK(listxattr("f", NULL, 0) == 25 && listxattr("f", list, sizeof(list)) == 25);
  CHECK(in_list(list, 25, "trusted.one") && in_list(list, 25, "security.two"));
  CHECK_ERRNO(ERANGE, listxattr("f", list, 24));
  CHECK_ERRNO(EFAULT, listxattr("f", (char *)8, 25));
}

static void forms(void) {
  char value[8];
  make_file("f", "x");
  CHECK(symlink("f", "l") == 0 && mkfifo("p", 0600) == 0 && mkdir("d", 0700) == 0);
  CHECK(setxattr("l", "trusted.a", "f", 1, 0) == 0 && lsetxattr("l", "trusted.a", "ll", 2, 0) == 0);
  CHECK(getxattr("l", "trusted.a", value, 8) == 1 && lgetxattr("l", "trusted.a", value, 8) == 2);
  CHECK(llistxattr("l", NULL, 0) == 10 && listxattr("l", NULL, 0) == 10);
  CHECK(lremovexattr("l", "trusted.a") == 0 && llistxattr("l", NULL, 0) == 0 && listxattr("l", NULL, 0) == 10);
  const int file = open("f", O_RDONLY), directory = open("d", O_RDONLY);
  CHECK(fgetxattr(file, "trusted.a", value, 8) == 1 && fsetxattr(file, "trusted.b", "x", 1, 0) == 0);
  CHECK(flistxattr(file, NULL, 0) == 20 && fremovexattr(file, "trusted.a") == 0 && listxattr("f", NULL, 0) == 10);
  CHECK(fsetxattr(directory, "trusted.d", "ddd", 3, 0) == 0 && getxattr("d", "trusted.d", value, 8) == 3);
  CHECK(setxattr("p", "trusted.p", "p", 1, 0) == 0 && getxattr("p", "trusted.p", value, 8) == 1);
  CHECK_ERRNO(EBADF, fgetxattr(open("f", O_PATH), "trusted.b", value, 8));
  CHECK_ERRNO(EBADF, flistxattr(1000, value, 8));
  CHECK_ERRNO(ENOENT, getxattr("nothing", "trusted.a", value, 8));
  CHECK_ERRNO(ENOENT, listxattr("", value, 8));
}

static void names(void) {
  char name[300], value[8];
  make_file("f", "x");
  CHECK_ERRNO(ERANGE, setxattr("f", "", "x", 1, 0));
  CHECK_ERRNO(ERANGE, getxattr("f", "", value, 8));
  CHECK_ERRNO(EINVAL, setxattr("f", "trusted.", "x", 1, 0));
  CHECK_ERRNO(EOPNOTSUPP, setxattr("f", "trusted", "x", 1, 0));
  CHECK_ERRNO(EOPNOTSUPP, setxattr("f", "other.name", "x", 1, 0));
  CHECK_ERRNO(EOPNOTSUPP, getxattr("f", "other.name", value, 8));
  CHECK_ERRNO(EOPNOTSUPP, removexattr("f", "system.other"));
  CHECK_ERRNO(EFAULT, getxattr("f", NULL, value, 8));
  CHECK_ERRNO(EFAULT, setxattr("f", "trusted.x", NULL, 1, 0));
  memset(name, 'n', sizeof(name));
  memcpy(name, "trusted.", 8);
  name[256] = 0;
  CHECK_ERRNO(ERANGE, setxattr("f", name, "x", 1, 0));
  CHECK_ERRNO(ERANGE, getxattr("f", name, value, 8));
  CHECK_ERRNO(ERANGE, removexattr("f", name));
  name[255] = 0;
  CHECK(setxattr("f", name, "x", 1, 0) == 0 && getxattr("f", name, value, 8) == 1 && removexattr("f", name) == 0);
}

static void large(void) {
  static char value[65537], back[65537];
  make_file("f", "x");
  memset(value, 'v', sizeof(value));
  CHECK_ERRNO(E2BIG, setxattr("f", "trusted.big", value, 65537, 0));
  CHECK(setxattr("f", "trusted.big", value, 65536, 0) == 0 && getxattr("f", "trusted.big", back, 65537) == 65536);
  CHECK(memcmp(value, back, 65536) == 0);
}

// Only files and directories have `user.` attributes.
static void user_names(void) {
  char value[8];
  make_file("f", "x");
  CHECK(setxattr("f", "user.a", "value", 5, 0) == 0 && getxattr("f", "user.a", value, 8) == 5 && memcmp(value, "value", 5) == 0);
  CHECK(listxattr("f", value, 8) == 7 && strcmp(value, "user.a") == 0);
  CHECK_ERRNO(EEXIST, setxattr("f", "user.a", "x", 1, XATTR_CREATE));
  CHECK_ERRNO(EINVAL, setxattr("f", "user.", "x", 1, 0));
  CHECK(setxattr(".", "user.d", "x", 1, 0) == 0 && removexattr(".", "user.d") == 0 && removexattr("f", "user.a") == 0);
  CHECK_ERRNO(ENODATA, getxattr("f", "user.a", value, 8));
  CHECK(symlink("f", "l") == 0 && mkfifo("p", 0600) == 0);
  CHECK_ERRNO(EPERM, lsetxattr("l", "user.a", "x", 1, 0));
  CHECK_ERRNO(ENODATA, lgetxattr("l", "user.a", value, 8));
  CHECK_ERRNO(EPERM, setxattr("p", "user.a", "x", 1, 0));
  CHECK_ERRNO(ENODATA, getxattr("p", "user.a", value, 8));
}

static void no_access_lists(void) {
  char value[8];
  make_file("f", "x");
  CHECK(symlink("f", "l") == 0);
  CHECK_ERRNO(ENODATA, getxattr("f", "system.posix_acl_access", value, 8));
  CHECK_ERRNO(ENODATA, getxattr(".", "system.posix_acl_default", value, 8));
  CHECK_ERRNO(EOPNOTSUPP, lgetxattr("l", "system.posix_acl_access", value, 8));
  CHECK(removexattr("f", "system.posix_acl_access") == 0 && setxattr("f", "system.posix_acl_access", "", 0, 0) == 0);
  CHECK_ERRNO(EINVAL, setxattr("f", "system.posix_acl_access", "x", 1, 0));
}

static void other_user(void) {
  char value[8];
  CHECK(seteuid(1000) == 0);
  CHECK_ERRNO(ENODATA, getxattr("f", "trusted.t", value, 8));
  CHECK_ERRNO(EPERM, setxattr("f", "trusted.t", "x", 1, 0));
  CHECK_ERRNO(EPERM, removexattr("f", "trusted.t"));
  CHECK(listxattr("f", NULL, 0) == 11 && getxattr("f", "security.s", value, 8) == 1);
  CHECK_ERRNO(EPERM, setxattr("f", "security.s", "x", 1, 0));
  CHECK_ERRNO(EPERM, removexattr("f", "security.s"));
  CHECK_ERRNO(EACCES, setxattr("f", "user.u", "x", 1, 0));
  CHECK_ERRNO(EPERM, removexattr("f", "system.posix_acl_access"));
}

static void rights(void) {
  make_file("f", "x");
  CHECK(chmod(".", 0755) == 0 && setxattr("f", "trusted.t", "t", 1, 0) == 0 && setxattr("f", "security.s", "s", 1, 0) == 0);
  CHECK(ended_with(child_status(other_user), 0));
}

static void capabilities(void) {
  static const unsigned char words[20] = {1, 0, 0, 2, 0, 4, 0, 0};
  unsigned char value[32];
  make_file("f", "x");
  CHECK_ERRNO(EINVAL, setxattr("f", "security.capability", "xx", 2, 0));
  CHECK(setxattr("f", "security.capability", words, 20, 0) == 0);
  CHECK(getxattr("f", "security.capability", value, 32) == 20 && memcmp(words, value, 20) == 0);
  CHECK(removexattr("f", "security.capability") == 0);
  CHECK_ERRNO(ENODATA, getxattr("f", "security.capability", value, 32));
}

static void elsewhere(void) {
  char value[8];
  int ends[2];
  CHECK(listxattr("/proc/self/status", value, 8) == 0 && pipe(ends) == 0 && flistxattr(ends[0], value, 8) == 0);
  CHECK_ERRNO(EOPNOTSUPP, getxattr("/proc/self/status", "security.a", value, 8));
  CHECK_ERRNO(EOPNOTSUPP, setxattr("/proc/self/status", "security.a", value, 8, 0));
  CHECK_ERRNO(EOPNOTSUPP, removexattr("/proc/self/status", "trusted.a"));
  CHECK_ERRNO(EOPNOTSUPP, fgetxattr(ends[0], "trusted.a", value, 8));
  CHECK_ERRNO(EOPNOTSUPP, fsetxattr(ends[0], "trusted.a", value, 8, 0));
}

static const struct test tests[] = {
    {"set_and_get", set_and_get}, {"listing", listing},           {"forms", forms},   {"names", names},
    {"large", large},             {"user_names", user_names},     {"rights", rights}, {"no_access_lists", no_access_lists},
    {"capabilities", capabilities}, {"elsewhere", elsewhere},
};
SUITE(xattr_suite, "xattr", tests);
