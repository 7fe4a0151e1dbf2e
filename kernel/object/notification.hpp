// SPDX-License-Identifier: Apache-2.0
// Notification: a word of bits. Raising adds bits; a waiter takes all of them.
// Bits are set or threads wait, never both.
#pragma once

#include <cstdint>

#include "kernel/object/header.hpp"
#include "kernel/object/thread.hpp"

namespace tessera::nucleus {

struct Notification {
  ObjectHeader header;
  std::uint64_t bits = 0;
  WaitList waiters;
};

// Raises bits (not 0): the longest waiting thread takes them, or they stay.
void raise(Notification& notification, std::uint64_t bits);

}  // namespace tessera::nucleus
