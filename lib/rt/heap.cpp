// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/heap.hpp"

#include <algorithm>

#include "lib/rt/panic.hpp"

namespace tessera::rt {

void Heap::grow_by(Grow grow) {
  const LockGuard guard(lock_);
  grow_ = grow;
}

void Heap::spread(std::span<Shelf> shelves) {
  const LockGuard guard(lock_);
  clear_shelves();
  shelves_ = shelves;
}

Heap::Shelf& Heap::shelf() { return shelves_.size() == 1 ? shelves_.front() : shelves_[place_()]; }

void* Heap::allocate(std::size_t bytes, std::size_t alignment) {
  {
    Shelf& mine = shelf();
    const LockGuard guard(mine.lock);
    if (void* const block = mine.blocks.take(bytes, alignment)) [[likely]] return block;
  }
  return allocate_from_core(bytes, alignment);
}

void* Heap::allocate_from_core(std::size_t bytes, std::size_t alignment) {
  const LockGuard guard(lock_);
  if (void* const block = core_.allocate(bytes, alignment)) [[likely]] return block;
  core_.add_range(grow_(std::max(HeapCore::range_for(bytes, alignment), HeapCore::kLeastRange)));
  if (void* const block = core_.allocate(bytes, alignment)) [[likely]] return block;
  // What lies on the shelves may be enough where there is no more memory.
  clear_shelves();
  return core_.allocate(bytes, alignment);
}

void Heap::clear_shelves() {
  for (Shelf& one : shelves_) {
    const LockGuard guard(one.lock);
    one.blocks.clear(core_);
  }
}

Heap::Usage Heap::usage() {
  const LockGuard guard(lock_);
  Usage usage{.bytes = core_.bytes(), .free = core_.free_bytes()};
  for (Shelf& one : shelves_) {
    const LockGuard shelf_guard(one.lock);
    usage.free += one.blocks.bytes();
  }
  return usage;
}

void Heap::release(void* payload) {
  if (payload == nullptr) return;
  HeapShelf::Put put{};
  {
    Shelf& mine = shelf();
    const LockGuard guard(mine.lock);
    put = mine.blocks.put(payload);
  }
  if (put == HeapShelf::Put::kept) [[likely]] return;
  bool fine = false;
  if (put == HeapShelf::Put::full) {
    const LockGuard guard(lock_);
    fine = core_.release(payload);
  }
  if (!fine) [[unlikely]] panic("heap: a block was released twice");
}

}  // namespace tessera::rt
