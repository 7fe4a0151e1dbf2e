// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/frame_pool.hpp"

#include <algorithm>
#include <new>

namespace tessera::rt {

void* FramePool::take_new(std::size_t bytes) {
  if (bytes > kMostBytes) return ::operator new(bytes);
  const std::size_t whole = (bytes + kStep - 1) / kStep * kStep;
  if (rest_.size() < whole) {
    // What is left of the last slab is less than a frame, and lost.
    auto* const memory = static_cast<std::byte*>(::operator new(next_slab_));
    slabs_ = new (memory) Slab{.next = slabs_, .bytes = next_slab_};
#pragma clang unsafe_buffer_usage begin
    rest_ = std::span(memory, next_slab_).subspan(kStep);
#pragma clang unsafe_buffer_usage end
    slab_bytes_ += next_slab_;
    next_slab_ = std::min(2 * next_slab_, kMostSlab);
  }
  void* const frame = rest_.data();
  rest_ = rest_.subspan(whole);
  return frame;
}

void FramePool::give_back_large(void* frame) { ::operator delete(frame); }

FramePool::~FramePool() {
  while (slabs_ != nullptr) {
    Slab* const slab = slabs_;
    slabs_ = slab->next;
    ::operator delete(static_cast<void*>(slab));
  }
}

}  // namespace tessera::rt
