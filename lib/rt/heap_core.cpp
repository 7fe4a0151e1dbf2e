// SPDX-License-Identifier: Apache-2.0
// Addresses are integers here and in heap_block.hpp, turned into words only by a few
// functions: what is unsafe about a heap is there.
#include "lib/rt/heap_core.hpp"

#include <algorithm>
#include <bit>

namespace tessera::rt {

using namespace heap_block;

struct HeapCore::FreeLinks {
  FreeLinks* next = nullptr;
  FreeLinks* previous = nullptr;
};

namespace {

// Of a free block, its last word: its size.
std::uint64_t& last_word(std::uint64_t end) { return *reinterpret_cast<std::uint64_t*>(end - 8); }
void set_flag(std::uint64_t block, std::uint64_t flag) { set_header(block, header(block) | flag); }
void clear_flag(std::uint64_t block, std::uint64_t flag) { set_header(block, header(block) & ~flag); }

}  // namespace

HeapCore::Class HeapCore::class_of(std::size_t bytes) {
  if (bytes < (std::size_t{1} << kSmallBits)) return {0, static_cast<unsigned>(bytes / 16)};
  const unsigned top = static_cast<unsigned>(std::bit_width(bytes)) - 1;
  return {top - kSmallBits + 1, static_cast<unsigned>(bytes >> (top - kSecondLevelBits)) & (kSecondLevel - 1)};
}

HeapCore::Class HeapCore::class_for(std::size_t bytes) {
  if (bytes >= (std::size_t{1} << kSmallBits)) {
    const unsigned top = static_cast<unsigned>(std::bit_width(bytes)) - 1;
    bytes += (std::size_t{1} << (top - kSecondLevelBits)) - 1;
  }
  return class_of(bytes);
}

// Marks as free and makes findable. The neighbours are not free.
void HeapCore::insert(std::uint64_t block, std::size_t bytes) {
  set_header(block, bytes | kFree | (header(block) & kPreviousFree));
  last_word(block + bytes) = bytes;
  set_flag(block + bytes, kPreviousFree);
  const Class at = class_of(bytes);
  auto* links = reinterpret_cast<FreeLinks*>(payload_of(block));
  FreeLinks*& head = lists_[at.first][at.second];
  *links = {.next = head, .previous = nullptr};
  if (head != nullptr) head->previous = links;
  head = links;
  first_map_ |= std::uint64_t{1} << at.first;
  second_map_[at.first] |= 1u << at.second;
  free_bytes_ += bytes;
}

void HeapCore::remove(std::uint64_t block, std::size_t bytes) {
  const Class at = class_of(bytes);
  const auto* links = reinterpret_cast<FreeLinks*>(payload_of(block));
  if (links->next != nullptr) links->next->previous = links->previous;
  if (links->previous != nullptr) {
    links->previous->next = links->next;
  } else {
    lists_[at.first][at.second] = links->next;
    if (links->next == nullptr) {
      second_map_[at.first] &= ~(1u << at.second);
      if (second_map_[at.first] == 0) first_map_ &= ~(std::uint64_t{1} << at.first);
    }
  }
  free_bytes_ -= bytes;
}

// A free block of at least `bytes`, still in its list; 0 when there is none.
std::uint64_t HeapCore::find(std::size_t bytes) {
  Class at = class_for(bytes);
  if (at.first >= kFirstLevel) return 0;
  std::uint32_t second = second_map_[at.first] & ~std::uint32_t{0} << at.second;
  if (second == 0) {
    const std::uint64_t first = first_map_ & ~std::uint64_t{0} << 1 << at.first;
    if (first == 0) return 0;
    at.first = static_cast<unsigned>(std::countr_zero(first));
    second = second_map_[at.first];
  }
  const FreeLinks* links = lists_[at.first][static_cast<unsigned>(std::countr_zero(second))];
  return reinterpret_cast<std::uint64_t>(links) - 8;
}

// Makes `bytes` of a block of `total` (in no list) used and the rest, if it is enough for a block, free.
void HeapCore::use(std::uint64_t block, std::size_t total, std::size_t bytes) {
  const std::uint64_t flags = header(block) & kPreviousFree;
  if (total - bytes < kLeast) {
    set_header(block, total | flags);
    clear_flag(block + total, kPreviousFree);
    return;
  }
  set_header(block, bytes | flags);
  set_header(block + bytes, 0);
  insert(block + bytes, total - bytes);
}

void HeapCore::add_range(std::span<std::byte> range) {
  const std::uint64_t start = reinterpret_cast<std::uint64_t>(range.data());
  const std::uint64_t first = align_up(start, kAlignment) + 8;
  const std::uint64_t end = ((start + range.size()) & ~std::uint64_t{kAlignment - 1}) - 8;
  if (range.size() < kLeastRange || end <= first) return;
  set_header(end, 0);  // the closing block: used, size 0
  set_header(first, 0);
  insert(first, end - first);
  bytes_ += end - first;
}

void* HeapCore::allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes > (std::size_t{1} << 40) || alignment > (std::size_t{1} << 30)) return nullptr;
  const std::size_t wanted = size_for(bytes);
  if (alignment <= kAlignment) {
    const std::uint64_t block = find(wanted);
    if (block == 0) return nullptr;
    const std::size_t total = size_of(block);
    remove(block, total);
    use(block, total, wanted);
    return reinterpret_cast<void*>(payload_of(block));
  }
  const std::uint64_t block = find(wanted + alignment + kLeast);
  if (block == 0) return nullptr;
  const std::size_t total = size_of(block);
  remove(block, total);
  std::uint64_t payload = align_up(payload_of(block), alignment);
  if (payload != payload_of(block) && payload - payload_of(block) < kLeast) payload += alignment;
  const std::size_t front = payload - payload_of(block);
  if (front == 0) {
    use(block, total, wanted);
  } else {
    set_header(payload - 8, 0);
    // The rest first: insert() of the front then marks it as preceded by a free block.
    use(payload - 8, total - front, wanted);
    insert(block, front);
  }
  return reinterpret_cast<void*>(payload);
}

bool HeapCore::release(void* payload) {
  if (payload == nullptr) return true;
  std::uint64_t block = block_of(payload);
  if ((header(block) & kFree) != 0) return false;
  std::size_t bytes = size_of(block);
  if ((header(block) & kPreviousFree) != 0) {
    const std::size_t before = last_word(block);
    block -= before;
    remove(block, before);
    bytes += before;
  }
  if (const std::uint64_t next = block + bytes; (header(next) & kFree) != 0) {
    const std::size_t behind = size_of(next);
    remove(next, behind);
    bytes += behind;
  }
  insert(block, bytes);
  return true;
}

}  // namespace tessera::rt
