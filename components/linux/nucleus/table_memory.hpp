// SPDX-License-Identifier: Apache-2.0
// Pieces of Untyped for page tables: 32 KiB each, kept for the next when an
// address space is gone.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kTableMemoryBits = 15;

Result<std::uint64_t> take_table_memory();  // ENOMEM
void give_back_table_memory(std::uint64_t untyped);

}  // namespace tessera::lx
