// SPDX-License-Identifier: Apache-2.0
// A heap for threads: shelves of small blocks, each with a lock, before a HeapCore with one, growing by what a callback gives.
// operator new and delete over the component's are in new.cpp; new panics when memory is out, new (std::nothrow) does not.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "lib/rt/heap_core.hpp"
#include "lib/rt/heap_shelf.hpp"
#include "lib/rt/mutex.hpp"

namespace tessera::rt {

class Heap {
 public:
  // Gives a mapped range of at least `bytes`, or an empty one. Called with the
  // core's lock held: must not allocate.
  using Grow = std::span<std::byte> (*)(std::size_t bytes);

  struct alignas(128) Shelf {
    Mutex lock;
    HeapShelf blocks GUARDED_BY(lock);
  };
  // Number of the calling thread's shelf, below how many there are.
  using Place = std::size_t (*)();

  constexpr Heap(Grow grow, Place place) : grow_(grow), place_(place) {}

  // Replaces how the heap grows.
  void grow_by(Grow grow);
  // Uses these shelves in place of its own one. Called while there is no other thread.
  void spread(std::span<Shelf> shelves);

  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment = HeapCore::kAlignment);
  void release(void* payload);

  struct Usage {
    std::size_t bytes = 0;  // that it grew by
    std::size_t free = 0;   // of these, for other blocks
  };
  [[nodiscard]] Usage usage();

 private:
  Shelf& shelf();
  void* allocate_from_core(std::size_t bytes, std::size_t alignment);
  void clear_shelves() REQUIRES(lock_);

  // Lock order: this, a shelf's.
  Mutex lock_;
  HeapCore core_ GUARDED_BY(lock_);
  Grow grow_ GUARDED_BY(lock_);
  std::array<Shelf, 1> own_{};
  std::span<Shelf> shelves_ = own_;
  Place place_;
};

// The component's. By default it grows by Memory made from the Untyped grants. A thread's shelf is what its block says.
[[nodiscard]] Heap& heap();

}  // namespace tessera::rt
