// SPDX-License-Identifier: Apache-2.0
// What the rows of microbench and storage share: the shape of a row, and (machine.h) the counter and
// a few system calls without a C library between.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "machine.h"

// One row: set_up once, run(warm_up), then run(iterations) between two readings
// of the counter, tear_down. run leaves things as it found them.
struct row {
  const char *name;
  unsigned warm_up;
  unsigned iterations;        // 1: long enough, --factor changes nothing
  void (*set_up)(void);       // may be null
  void (*run)(unsigned count);
  void (*tear_down)(void);    // may be null
};

struct row_list {
  const struct row *rows;
  size_t count;
};

// Those of this program, null behind the last.
extern const struct row_list *const row_lists[];

// Says what failed, with errno, and ends the program with status 1.
noreturn void fail(const char *what);

static inline void require(int holds, const char *what) {
  if (!holds) fail(what);
}

#define ROWS(list, array) const struct row_list list = {array, sizeof(array) / sizeof(array[0])}
