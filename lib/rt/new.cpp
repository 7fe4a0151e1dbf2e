// SPDX-License-Identifier: Apache-2.0
// operator new and delete over the component's heap.
#include <cstddef>
#include <new>

#include "lib/rt/heap.hpp"
#include "lib/rt/panic.hpp"

namespace {

void* take(std::size_t bytes, std::size_t alignment = tessera::rt::HeapCore::kAlignment) {
  void* block = tessera::rt::heap().allocate(bytes, alignment);
  if (block == nullptr) [[unlikely]] tessera::rt::panic("out of heap memory");
  return block;
}

}  // namespace

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
