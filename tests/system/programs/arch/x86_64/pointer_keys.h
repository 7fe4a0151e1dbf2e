// SPDX-License-Identifier: Apache-2.0
// Pointers that are signed with a program's keys: x86-64 has none.
#pragma once

#include <stdint.h>

static inline int machine_signs(void) { return 0; }
static inline int machine_signs_anything(void) { return 0; }

#define SIGNS(name)                                                               \
  static inline uint64_t machine_##name(uint64_t pointer, uint64_t context) {     \
    (void)context;                                                                \
    return pointer;                                                               \
  }
SIGNS(sign_code)
SIGNS(sign_code_b)
SIGNS(sign_data)
SIGNS(sign_data_b)
SIGNS(check_code)
SIGNS(check_data)
SIGNS(sign_anything)
#undef SIGNS
static inline uint64_t machine_strip(uint64_t pointer) { return pointer; }
