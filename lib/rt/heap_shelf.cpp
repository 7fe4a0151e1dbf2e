// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/heap_shelf.hpp"

#include <algorithm>

namespace tessera::rt {

using namespace heap_block;

void* HeapShelf::take(std::size_t bytes) {
  if (bytes > kMostBlock - sizeof(std::uint64_t)) return nullptr;
  const std::size_t size = size_for(bytes);
  List& list = lists_[size / kAlignment];
  Kept* const block = list.first;
  if (block == nullptr) return nullptr;
  list.first = block->next;
  list.bytes -= size;
  block->mark = 0;
  return block;
}

HeapShelf::Put HeapShelf::put(void* payload) {
  const std::uint64_t head = header(block_of(payload));
  if ((head & kFree) != 0) [[unlikely]] return Put::twice;
  const std::size_t bytes = head & ~kFlags;
  if (bytes > kMostBlock) return Put::full;
  List& list = lists_[bytes / kAlignment];
  auto* const block = static_cast<Kept*>(payload);
  // Its owner may have written the mark there: only the list knows.
  if (block->mark == mark_of(block)) [[unlikely]] {
    for (const Kept* one = list.first; one != nullptr; one = one->next)
      if (one == block) return Put::twice;
  }
  if (list.bytes + bytes > kMostKept) return Put::full;
  *block = {.next = list.first, .mark = mark_of(block)};
  list.first = block;
  list.bytes += bytes;
  return Put::kept;
}

std::size_t HeapShelf::bytes() const {
  return std::ranges::fold_left(lists_, std::size_t{0}, [](std::size_t sum, const List& list) { return sum + list.bytes; });
}

void HeapShelf::clear(HeapCore& core) {
  for (List& list : lists_) {
    for (Kept* block = list.first; block != nullptr;) {
      Kept* const next = block->next;
      (void)core.release(block);  // what lies here is in use, for it
      block = next;
    }
    list = {};
  }
}

}  // namespace tessera::rt
