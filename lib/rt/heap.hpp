// SPDX-License-Identifier: Apache-2.0
// The component's heap: HeapCore behind a lock, growing by what a callback gives.
// operator new and delete are here (new.cpp); new panics when memory is out, new
// (std::nothrow) does not.
#pragma once

#include <cstddef>
#include <span>

#include "lib/rt/heap_core.hpp"
#include "lib/rt/mutex.hpp"

namespace tessera::rt {

class Heap {
 public:
  // Gives a mapped range of at least `bytes`, or an empty one. Called with the
  // heap's lock held: must not allocate.
  using Grow = std::span<std::byte> (*)(std::size_t bytes);

  constexpr Heap() = default;

  // Replaces how the heap grows (by default: Memory made from the component's
  // Untyped grants) and adds a first range, which may be empty.
  void initialise(std::span<std::byte> first, Grow grow);

  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment = HeapCore::kAlignment);
  void release(void* payload);
  [[nodiscard]] std::size_t free_bytes();

 private:
  Mutex lock_;
  HeapCore core_ GUARDED_BY(lock_);
  Grow grow_ GUARDED_BY(lock_) = nullptr;
};

[[nodiscard]] Heap& heap();

}  // namespace tessera::rt
