// SPDX-License-Identifier: Apache-2.0
// Many small files on a disk. What changes it ends with syncfs; what only looks begins with nothing in memory.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"
#include "storage.h"

enum { most_files = 10000, tree_directories = 60, tree_files = 50, most_bytes = 16 << 10 };

static const char many[] = DISK "/many", tree[] = DISK "/tree";
static char bytes[most_bytes];

static void create_all(unsigned count) {
  char name[64];
  for (unsigned at = 0; at < count; ++at) {
    snprintf(name, sizeof name, "%s/entry-%05u", many, at);
    const int made = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
    require(made >= 0, name);
    close(made);
  }
  if (count != 0) sync_disk();
}
static void stat_all(unsigned count) {
  char name[64];
  struct stat found;
  for (unsigned at = 0; at < count; ++at) {
    snprintf(name, sizeof name, "%s/entry-%05u", many, at);
    require(stat(name, &found) == 0, name);
  }
}
static void unlink_all(unsigned count) {
  char name[64];
  for (unsigned at = 0; at < count; ++at) {
    snprintf(name, sizeof name, "%s/entry-%05u", many, at);
    require(unlink(name) == 0, name);
  }
  if (count != 0) sync_disk();
}

static void begin_empty(void) {
  mount_disk();
  require(mkdir(many, 0755) == 0, many);
}
static void begin_cold(void) {
  begin_empty();
  create_all(most_files);
  cool_down();
}
static void end_empty(void) {
  require(rmdir(many) == 0, many);
  unmount_disk();
}
static void end_full(void) {
  unlink_all(most_files);
  end_empty();
}

// As `tar -x` makes them: 60 directories of 50 files, of no byte up to 16 KiB, 5 KiB on average.
static void make_file(int directory, int number) {
  static const struct timespec times[2] = {{1700000000, 0}, {1700000000, 0}};
  char name[64];
  snprintf(name, sizeof name, "%s/%d/file-%d", tree, directory, number);
  const unsigned mix = (unsigned)(directory * tree_files + number) * 2654435761u >> 16;
  const size_t size = mix % 8 == 0 ? mix % most_bytes : mix % (8 << 10);
  const int made = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  require(made >= 0, name);
  require(write(made, bytes, size) == (ssize_t)size, "write");
  require(futimens(made, times) == 0 && fchmod(made, 0644) == 0 && close(made) == 0, name);
}
static void untar(unsigned count) {
  char name[64];
  while (count-- != 0) {
    require(mkdir(tree, 0755) == 0, tree);
    for (int directory = 0; directory < tree_directories; ++directory) {
      snprintf(name, sizeof name, "%s/%d", tree, directory);
      require(mkdir(name, 0755) == 0, name);
      for (int number = 0; number < tree_files; ++number) make_file(directory, number);
    }
    sync_disk();
  }
}
static void begin_tree(void) {
  memset(bytes, 'x', sizeof bytes);
  mount_disk();
}
static void remove_tree(unsigned count) {
  char name[64];
  if (count == 0) return;
  for (int directory = 0; directory < tree_directories; ++directory) {
    for (int number = 0; number < tree_files; ++number) {
      snprintf(name, sizeof name, "%s/%d/file-%d", tree, directory, number);
      require(unlink(name) == 0, name);
    }
    snprintf(name, sizeof name, "%s/%d", tree, directory);
    require(rmdir(name) == 0, name);
  }
  require(rmdir(tree) == 0, tree);
  sync_disk();
}
static void begin_remove(void) {
  begin_tree();
  untar(1);
  cool_down();
}
static void end_tree(void) {
  remove_tree(1);
  unmount_disk();
}

static const struct row rows[] = {
    {"create", 0, most_files, begin_empty, create_all, end_full},
    {"stat", 0, most_files, begin_cold, stat_all, end_full},
    {"unlink", 0, most_files, begin_cold, unlink_all, end_empty},
    {"untar-3000", 0, 1, begin_tree, untar, end_tree},
    {"remove-3000", 0, 1, begin_remove, remove_tree, unmount_disk},
};
ROWS(name_rows, rows);
