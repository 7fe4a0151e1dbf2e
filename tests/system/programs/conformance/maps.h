// SPDX-License-Identifier: Apache-2.0
// What /proc/self tells of this process' memory.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct map_line {
  uintptr_t start, end;
  char rights[5];
  int shared;
  unsigned long offset;
  dev_t device;
  ino_t inode;
  char name[512];
};

// The line of /proc/self/maps that ADDRESS lies in; 0: none.
int map_of(const volatile void *address, struct map_line *line);
// A figure of /proc/self/smaps for the area of ADDRESS, in kB; -1: none.
long smaps_of(const volatile void *address, const char *name);
// Whether "VmFlags:" has these two letters; -1: no area, or no such line.
int smaps_flag(const volatile void *address, const char *flag);
// A figure of /proc/self/status.
long status_of(const char *name);
