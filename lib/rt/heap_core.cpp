// SPDX-License-Identifier: Apache-2.0
// A block is known by the address of its header word. Addresses are integers here,
// turned into words only by word(): what is unsafe about a heap is in this file.
#include "lib/rt/heap_core.hpp"

#include <algorithm>
#include <bit>

namespace tessera::rt {

struct HeapCore::FreeLinks {
  FreeLinks* next = nullptr;
  FreeLinks* previous = nullptr;  // unused in the lists of small blocks
};

namespace {

constexpr std::uint64_t kFree = 1;          // this block is free
constexpr std::uint64_t kPreviousFree = 2;  // the one before it is
constexpr std::uint64_t kKept = 4;          // on a list of exact sizes: used, as far as neighbours know
constexpr std::uint64_t kFlags = 15;

std::uint64_t& word(std::uint64_t address) { return *reinterpret_cast<std::uint64_t*>(address); }
std::size_t size_of(std::uint64_t block) { return word(block) & ~kFlags; }
std::uint64_t payload_of(std::uint64_t block) { return block + 8; }

constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

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
  word(block) = bytes | kFree | (word(block) & kPreviousFree);
  word(block + bytes - 8) = bytes;
  word(block + bytes) |= kPreviousFree;
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
  const std::uint64_t flags = word(block) & kPreviousFree;
  if (total - bytes < kLeastBlock) {
    word(block) = total | flags;
    word(block + total) &= ~kPreviousFree;
    return;
  }
  word(block) = bytes | flags;
  word(block + bytes) = 0;
  insert(block + bytes, total - bytes);
}

void HeapCore::add_range(std::span<std::byte> range) {
  const std::uint64_t start = reinterpret_cast<std::uint64_t>(range.data());
  const std::uint64_t first = align_up(start, kAlignment) + 8;
  const std::uint64_t end = ((start + range.size()) & ~std::uint64_t{kAlignment - 1}) - 8;
  if (range.size() < kLeastRange || end <= first) return;
  word(end) = 0;  // the closing block: used, size 0
  word(first) = 0;
  insert(first, end - first);
}

void* HeapCore::allocate(std::size_t bytes, std::size_t alignment) {
  if (bytes > (std::size_t{1} << 40) || alignment > (std::size_t{1} << 30)) return nullptr;
  const std::size_t wanted = std::max(align_up(bytes + 8, 16), std::uint64_t{kLeastBlock});
  if (alignment <= kAlignment) {
    if (wanted <= kMostSmall) {
      FreeLinks*& head = small_[wanted / 16];
      if (head != nullptr) {
        FreeLinks* links = head;
        head = links->next;
        --small_count_[wanted / 16];
        word(reinterpret_cast<std::uint64_t>(links) - 8) &= ~kKept;
        return links;
      }
    }
    const std::uint64_t block = find(wanted);
    if (block == 0) return nullptr;
    const std::size_t total = size_of(block);
    remove(block, total);
    use(block, total, wanted);
    return reinterpret_cast<void*>(payload_of(block));
  }
  const std::uint64_t block = find(wanted + alignment + kLeastBlock);
  if (block == 0) return nullptr;
  const std::size_t total = size_of(block);
  remove(block, total);
  std::uint64_t payload = align_up(payload_of(block), alignment);
  if (payload != payload_of(block) && payload - payload_of(block) < kLeastBlock) payload += alignment;
  const std::size_t front = payload - payload_of(block);
  if (front == 0) {
    use(block, total, wanted);
  } else {
    word(payload - 8) = 0;
    // The rest first: insert() of the front then marks it as preceded by a free block.
    use(payload - 8, total - front, wanted);
    insert(block, front);
  }
  return reinterpret_cast<void*>(payload);
}

void HeapCore::release_block(std::uint64_t block) {
  std::size_t bytes = size_of(block);
  if ((word(block) & kPreviousFree) != 0) {
    const std::size_t before = word(block - 8);
    block -= before;
    remove(block, before);
    bytes += before;
  }
  if (const std::uint64_t next = block + bytes; (word(next) & kFree) != 0) {
    const std::size_t behind = size_of(next);
    remove(next, behind);
    bytes += behind;
  }
  insert(block, bytes);
}

bool HeapCore::release(void* payload) {
  if (payload == nullptr) return true;
  const std::uint64_t block = reinterpret_cast<std::uint64_t>(payload) - 8;
  if ((word(block) & (kFree | kKept)) != 0) return false;
  const std::size_t bytes = size_of(block);
  if (bytes <= kMostSmall && small_count_[bytes / 16] < kMostKept) {
    word(block) |= kKept;
    auto* links = reinterpret_cast<FreeLinks*>(payload);
    links->next = small_[bytes / 16];
    small_[bytes / 16] = links;
    ++small_count_[bytes / 16];
    return true;
  }
  release_block(block);
  return true;
}

std::size_t HeapCore::usable_bytes(const void* payload) { return size_of(reinterpret_cast<std::uint64_t>(payload) - 8) - 8; }

}  // namespace tessera::rt
