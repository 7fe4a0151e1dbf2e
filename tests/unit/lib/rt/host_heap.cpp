// SPDX-License-Identifier: Apache-2.0
// An operator new that counts its calls. Not for the thread sanitizer, which has its own.
#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/unit/lib/rt/host_runtime.hpp"

namespace {
std::atomic<std::uint64_t> calls{0};
}

#pragma clang unsafe_buffer_usage begin
void* operator new(std::size_t bytes) {
  calls.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(bytes);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#pragma clang unsafe_buffer_usage end

std::uint64_t tessera::test::heap_calls() { return calls.load(std::memory_order_relaxed); }
