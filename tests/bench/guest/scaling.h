// SPDX-License-Identifier: Apache-2.0
// What the kinds of work of `scaling` have in common: each is done by N workers at
// once, processes or threads of one process.
#pragma once

#include "measure.h"

struct work {
  const char *name;
  unsigned units;               // of work, for each worker
  int threads;                  // workers are threads of one process, not processes
  void (*share)(void);          // once, before there are workers; may be null
  void (*set_up)(void);         // in each worker; may be null
  void (*run)(unsigned units);  // in each worker
  void (*tear_down)(void);      // in each worker; may be null
  void (*unshare)(void);        // once, after the workers; may be null
};

struct work_list {
  const struct work *works;
  size_t count;
};

extern const struct work_list compute_works, fault_works, pair_works, shared_works, start_works;

#define WORKS(list, array) const struct work_list list = {array, sizeof(array) / sizeof(array[0])}
