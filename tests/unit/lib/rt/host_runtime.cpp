// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/lib/rt/host_runtime.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "lib/rt/panic.hpp"

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

namespace tessera {

std::uint64_t test::heap_calls() { return calls.load(std::memory_order_relaxed); }

namespace rt {
FramePool*& own_frames() {
  static thread_local FramePool* frames = nullptr;
  return frames;
}
void panic(std::string_view text) {
  std::fprintf(stderr, "panic: %.*s\n", static_cast<int>(text.size()), text.data());
  std::abort();
}
}  // namespace rt

}  // namespace tessera
