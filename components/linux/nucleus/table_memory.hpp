// SPDX-License-Identifier: Apache-2.0
// Pieces of Untyped for page tables, of 32 KiB to 4 MiB, kept for the next when an
// address space is gone.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kTableMemoryBits = 15, kMostTableMemoryBits = 22;

struct TableMemory {
  std::uint64_t untyped;
  std::uint64_t bits;  // its size is two to the power of that
};

// A piece of this size, or another where memory is short; ENOMEM when there is none.
Result<TableMemory> take_table_memory(std::uint64_t bits);
void give_back_table_memory(TableMemory piece);

}  // namespace tessera::lx
