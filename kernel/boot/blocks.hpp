// SPDX-License-Identifier: Apache-2.0
// A range of memory in the largest blocks that tables of four levels can map it with.
#pragma once

#include "kernel/boot/memory_map.hpp"

namespace tessera::nucleus {

// Calls `map` for each block with its start and the level whose entry maps it: 0 a page, 1 512 pages, 2 512 times that. A block
// is at a multiple of its size, within the range and beside `hole`. What is in the hole, or no whole page, is left out.
template <typename Map>
void in_blocks(const PhysRange& range, const PhysRange& hole, Map map) {
  std::uint64_t bytes = 0;
  for (std::uint64_t at = align_up(range.start.value, kPageBytes); at < range.end.value; at += bytes) {
    unsigned level = 3;
    bool fits = false;
    while (!fits && level != 0) {
      bytes = kPageBytes << (9 * --level);
      const bool in_hole = hole.start.value < at + bytes && at < hole.end.value;
      fits = aligned(at, bytes) && range.end.value - at >= bytes && !in_hole;
    }
    if (fits) map(at, level);
  }
}

}  // namespace tessera::nucleus
