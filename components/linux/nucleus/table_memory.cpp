// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/table_memory.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "lib/rt/objects.hpp"

namespace tessera::lx {

namespace {

using Pieces = std::vector<std::uint64_t>;

// Of each size a list.
Pieces& pieces(std::uint64_t bits) {
  static std::array<Pieces, kMostTableMemoryBits - kTableMemoryBits + 1> lists;
  return lists[static_cast<std::size_t>(bits - kTableMemoryBits)];
}

}  // namespace

Result<TableMemory> take_table_memory(std::uint64_t most_bits) {
  for (std::uint64_t bits = std::min(most_bits, kMostTableMemoryBits); bits >= kTableMemoryBits; --bits) {
    Pieces& list = pieces(bits);
    if (!list.empty()) {
      const std::uint64_t untyped = list.back();
      list.pop_back();
      return TableMemory{untyped, bits};
    }
    if (const auto made = rt::objects().make(tessera::abi::ObjectType::untyped, bits)) return TableMemory{*made, bits};
  }
  // Memory is short: better one that is too large than none.
  for (std::uint64_t bits = most_bits + 1; bits <= kMostTableMemoryBits; ++bits) {
    Pieces& list = pieces(bits);
    if (list.empty()) continue;
    const std::uint64_t untyped = list.back();
    list.pop_back();
    return TableMemory{untyped, bits};
  }
  return fail(Errno::enomem);
}

void give_back_table_memory(TableMemory piece) { pieces(piece.bits).push_back(piece.untyped); }

}  // namespace tessera::lx
