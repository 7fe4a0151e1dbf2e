// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/heap.hpp"

#include <algorithm>
#include <bit>

#include "lib/rt/objects.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::rt {

namespace {

constinit Heap instance;

constexpr unsigned kLeastGrowthBits = 18;

std::span<std::byte> grow_from_untyped(std::size_t bytes) {
  const unsigned bits = std::max(static_cast<unsigned>(std::bit_width(bytes - 1)), kLeastGrowthBits);
  for (const unsigned size_bits : {bits, static_cast<unsigned>(std::bit_width(bytes - 1))}) {
    if (size_bits < 12) continue;
    if (const auto mapping = objects().map_new(size_bits)) return bytes_at(mapping->address, mapping->bytes);
  }
  return {};
}

}  // namespace

Heap& heap() { return instance; }

void Heap::initialise(std::span<std::byte> first, Grow grow) {
  const LockGuard guard(lock_);
  grow_ = grow;
  if (!first.empty()) core_.add_range(first);
}

void* Heap::allocate(std::size_t bytes, std::size_t alignment) {
  const LockGuard guard(lock_);
  if (void* block = core_.allocate(bytes, alignment)) [[likely]] return block;
  const Grow grow = grow_ != nullptr ? grow_ : grow_from_untyped;
  core_.add_range(grow(std::max(HeapCore::range_for(bytes, alignment), HeapCore::kLeastRange)));
  return core_.allocate(bytes, alignment);
}

void Heap::release(void* payload) {
  bool fine = false;
  {
    const LockGuard guard(lock_);
    fine = core_.release(payload);
  }
  if (!fine) [[unlikely]] panic("heap: a block was released twice");
}

std::size_t Heap::free_bytes() {
  const LockGuard guard(lock_);
  return core_.free_bytes();
}

}  // namespace tessera::rt
