// SPDX-License-Identifier: Apache-2.0
#include "maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "test.h"

static int read_map_line(const char *text, struct map_line *line) {
  unsigned long start, end, inode;
  unsigned major_number, minor_number;
  int behind = 0;
  memset(line, 0, sizeof(*line));
  if (sscanf(text, "%lx-%lx %4s %lx %x:%x %lu %n", &start, &end, line->rights, &line->offset, &major_number,
             &minor_number, &inode, &behind) != 7)
    return 0;
  line->start = start;
  line->end = end;
  line->inode = inode;
  line->device = makedev(major_number, minor_number);
  line->shared = line->rights[3] == 's';
  snprintf(line->name, sizeof(line->name), "%s", text + behind);
  line->name[strcspn(line->name, "\n")] = 0;
  return 1;
}

// All of a file of /proc/self, without memory from the heap: that would change it.
static char *whole(const char *path) {
  static char text[1 << 18];
  const int file = open(path, O_RDONLY);
  CHECK(file >= 0);
  size_t length = 0;
  ssize_t got;
  while ((got = read(file, text + length, sizeof(text) - 1 - length)) > 0) length += (size_t)got;
  CHECK(got == 0 && length < sizeof(text) - 1 && close(file) == 0);
  text[length] = 0;
  return text;
}

static int inside(const struct map_line *line, const volatile void *address) {
  return line->start <= (uintptr_t)address && (uintptr_t)address < line->end;
}

int map_of(const volatile void *address, struct map_line *line) {
  for (char *text = strtok(whole("/proc/self/maps"), "\n"); text != NULL; text = strtok(NULL, "\n"))
    if (read_map_line(text, line) && inside(line, address)) return 1;
  return 0;
}

// What follows NAME in a line of its own; null: no such line.
static const char *after_name(const char *text, const char *name) {
  const size_t length = strlen(name);
  return strncmp(text, name, length) == 0 && text[length] == ':' ? text + length + 1 : NULL;
}

// The rest of the line NAME that follows the area of ADDRESS.
static const char *smaps_text(const volatile void *address, const char *name) {
  struct map_line line;
  int here = 0;
  for (char *text = strtok(whole("/proc/self/smaps"), "\n"); text != NULL; text = strtok(NULL, "\n")) {
    if (read_map_line(text, &line)) here = inside(&line, address);
    else if (here && after_name(text, name) != NULL) return after_name(text, name);
  }
  return NULL;
}

long smaps_of(const volatile void *address, const char *name) {
  const char *text = smaps_text(address, name);
  return text != NULL ? strtol(text, NULL, 10) : -1;
}

int smaps_flag(const volatile void *address, const char *flag) {
  const char *text = smaps_text(address, "VmFlags");
  if (text == NULL) return -1;
  for (; *text != 0; text += strcspn(text, " ")) {
    while (*text == ' ') ++text;
    if (strncmp(text, flag, 2) == 0) return 1;
  }
  return 0;
}

long status_of(const char *name) {
  for (char *text = strtok(whole("/proc/self/status"), "\n"); text != NULL; text = strtok(NULL, "\n"))
    if (after_name(text, name) != NULL) return strtol(after_name(text, name), NULL, 10);
  return -1;
}
