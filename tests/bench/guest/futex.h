// SPDX-License-Identifier: Apache-2.0
// futex(2), for which the C library has no header: words of one process.
#pragma once

#include <stdatomic.h>
#include <sys/syscall.h>

#include "measure.h"

enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

// Sleeps while the word holds SEEN; may return early.
static inline void futex_wait(_Atomic(int) *word, int seen) { call4(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, seen, 0); }
static inline void futex_wake_one(_Atomic(int) *word) { call4(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, 1, 0); }
