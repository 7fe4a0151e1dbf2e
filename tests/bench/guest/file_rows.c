// SPDX-License-Identifier: Apache-2.0
// Files and names, on the tmpfs at /tmp.
#define _GNU_SOURCE
#include "measure.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { small_bytes = 4 << 10, large_bytes = 64 << 10, entries = 1000 };

static const char path[] = "/tmp/microbench-file", fresh[] = "/tmp/microbench-new", many[] = "/tmp/microbench-many";
static int file;
static char buffer[large_bytes];

static void make_file(void) {
  require((file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644)) >= 0, path);
  memset(buffer, 'x', sizeof buffer);
  require(write(file, buffer, sizeof buffer) == (ssize_t)sizeof buffer, "write");
}
static void remove_file(void) {
  close(file);
  unlink(path);
}

static void run_open_close(unsigned count) {
  while (count-- != 0) {
    const int opened = open(path, O_RDONLY);
    require(opened >= 0, "open");
    close(opened);
  }
}
static void run_stat(unsigned count) {
  struct stat status;
  while (count-- != 0) require(stat(path, &status) == 0, "stat");
}

static void read_all(unsigned count, long bytes) {
  while (count-- != 0) require(call4(SYS_pread64, file, (long)buffer, bytes, 0) == bytes, "pread");
}
static void run_read_4k(unsigned count) { read_all(count, small_bytes); }
static void run_read_64k(unsigned count) { read_all(count, large_bytes); }

static void write_all(unsigned count, long bytes) {
  while (count-- != 0) require(call4(SYS_pwrite64, file, (long)buffer, bytes, 0) == bytes, "pwrite");
}
static void run_write_4k(unsigned count) { write_all(count, small_bytes); }
static void run_write_64k(unsigned count) { write_all(count, large_bytes); }

static void run_create_unlink(unsigned count) {
  while (count-- != 0) {
    const int made = open(fresh, O_WRONLY | O_CREAT | O_EXCL, 0644);
    require(made >= 0, "create");
    close(made);
    require(unlink(fresh) == 0, "unlink");
  }
}

static void each_entry(int make) {
  char name[64];
  for (int at = 0; at < entries; ++at) {
    snprintf(name, sizeof name, "%s/entry-%04d", many, at);
    if (!make) {
      unlink(name);
      continue;
    }
    const int made = open(name, O_WRONLY | O_CREAT, 0644);
    require(made >= 0, name);
    close(made);
  }
}
static void make_many(void) {
  require(mkdir(many, 0755) == 0, many);
  each_entry(1);
  require((file = open(many, O_RDONLY | O_DIRECTORY)) >= 0, many);
}
static void remove_many(void) {
  close(file);
  each_entry(0);
  rmdir(many);
}
static void run_list(unsigned count) {
  while (count-- != 0) {
    require(lseek(file, 0, SEEK_SET) == 0, "lseek");
    long total = 0, got;
    while ((got = call3(SYS_getdents64, file, (long)buffer, sizeof buffer / 2)) > 0) total += got;
    require(got == 0 && total >= entries * 24, "getdents64");
  }
}

static const struct row rows[] = {
    {"open-close", 50, 1000, make_file, run_open_close, remove_file},
    {"stat", 50, 1500, make_file, run_stat, remove_file},
    {"read-4K", 50, 1500, make_file, run_read_4k, remove_file},
    {"read-64K", 20, 300, make_file, run_read_64k, remove_file},
    {"write-4K", 50, 1500, make_file, run_write_4k, remove_file},
    {"write-64K", 20, 300, make_file, run_write_64k, remove_file},
    {"create-unlink", 20, 300, NULL, run_create_unlink, NULL},
    {"getdents-1000", 2, 20, make_many, run_list, remove_many},
};
ROWS(file_rows, rows);
