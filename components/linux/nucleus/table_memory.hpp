// SPDX-License-Identifier: Apache-2.0
// Untyped for page tables, of 32 KiB to 4 MiB: what was set aside for them at the
// start, cut in halves as smaller pieces are asked for and joined again as both
// halves come back. It serves nothing else and nothing else serves it, so a load of
// processes leaves what threads are made from, and large spaces find large pieces
// after a load of small ones.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kLeastTableBits = 15, kMostTableBits = 22;

struct TablePiece;

// Called once, at the start: takes `bytes`, or what can be had of it, from the
// component's Untypeds. Returns what it took.
std::uint64_t open_table_memory(std::uint64_t bytes);

// A piece of two to the power of `bits` bytes; ENOMEM when there is none.
Result<TablePiece*> take_table_memory(std::uint64_t bits);
// Nothing that was made from it is left.
void give_back_table_memory(TablePiece* piece);

// Handle of its Untyped.
std::uint64_t untyped_of(const TablePiece& piece);

}  // namespace tessera::lx
