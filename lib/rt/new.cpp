// SPDX-License-Identifier: Apache-2.0
// The component's heap, and operator new and delete over it.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>

#include "lib/rt/heap.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/thread_block.hpp"

namespace {

constexpr unsigned kLeastGrowthBits = 18;

std::span<std::byte> grow_from_untyped(std::size_t bytes) {
  using namespace tessera::rt;
  const unsigned bits = std::max(static_cast<unsigned>(std::bit_width(bytes - 1)), kLeastGrowthBits);
  for (const unsigned size_bits : {bits, static_cast<unsigned>(std::bit_width(bytes - 1))}) {
    if (size_bits < 12) continue;
    if (const auto mapping = objects().map_new(size_bits)) return bytes_at(mapping->address, mapping->bytes);
  }
  return {};
}

std::size_t own_shelf() { return tessera::rt::current().shelf.load(std::memory_order_relaxed); }

constinit tessera::rt::Heap instance(grow_from_untyped, own_shelf);

void* take(std::size_t bytes, std::size_t alignment = tessera::rt::HeapCore::kAlignment) {
  void* block = tessera::rt::heap().allocate(bytes, alignment);
  if (block == nullptr) [[unlikely]] tessera::rt::panic("out of heap memory");
  return block;
}

}  // namespace

tessera::rt::Heap& tessera::rt::heap() { return instance; }

namespace std {
const nothrow_t nothrow{};
}

void* operator new(std::size_t bytes) { return take(bytes); }
void* operator new[](std::size_t bytes) { return take(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return take(bytes, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return take(bytes, static_cast<std::size_t>(alignment)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return tessera::rt::heap().allocate(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return tessera::rt::heap().allocate(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return tessera::rt::heap().allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return tessera::rt::heap().allocate(bytes, static_cast<std::size_t>(alignment));
}

void operator delete(void* block) noexcept { tessera::rt::heap().release(block); }
void operator delete[](void* block) noexcept { tessera::rt::heap().release(block); }
void operator delete(void* block, std::size_t) noexcept { tessera::rt::heap().release(block); }
void operator delete[](void* block, std::size_t) noexcept { tessera::rt::heap().release(block); }
void operator delete(void* block, std::align_val_t) noexcept { tessera::rt::heap().release(block); }
void operator delete[](void* block, std::align_val_t) noexcept { tessera::rt::heap().release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { tessera::rt::heap().release(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { tessera::rt::heap().release(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { tessera::rt::heap().release(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { tessera::rt::heap().release(block); }
