// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/heap_shelf.hpp"

#include <algorithm>

namespace tessera::rt {

using namespace heap_block;

void* HeapShelf::take(std::size_t bytes, std::size_t alignment) {
  if (bytes > kMostBlock - sizeof(std::uint64_t)) return nullptr;
  const std::size_t sought = size_for(bytes);
  List& list = lists_[list_of(sought)];
  // Blocks of a small size are alike, but for where they lie; of others a few are looked at.
  Kept** link = &list.first;
  for (std::size_t looks = 0; *link != nullptr && looks < kSureBlocks; ++looks, link = &(*link)->next) {
    Kept* const block = *link;
    const std::size_t size = size_of(block_of(block));
    if (size < sought || reinterpret_cast<std::uint64_t>(block) % alignment != 0) [[unlikely]] continue;
    *link = block->next;
    list.bytes -= size;
    block->mark = 0;
    return block;
  }
  return nullptr;
}

HeapShelf::Put HeapShelf::put(void* payload) {
  const std::uint64_t head = header(block_of(payload));
  if ((head & kFree) != 0) [[unlikely]] return Put::twice;
  const std::size_t bytes = head & ~kFlags;
  if (bytes > kMostBlock) return Put::full;
  List& list = lists_[list_of(bytes)];
  auto* const block = static_cast<Kept*>(payload);
  // Its owner may have written the mark there: only the list knows.
  if (block->mark == mark_of(block)) [[unlikely]] {
    for (const Kept* one = list.first; one != nullptr; one = one->next)
      if (one == block) return Put::twice;
  }
  if (list.bytes + bytes > std::max(kMostKept, kSureBlocks * bytes)) return Put::full;
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
