// SPDX-License-Identifier: Apache-2.0
// Memory for the frames of a thread's coroutines: a list of free frames for each size, filled from slabs.
// A frame that was used before costs a few instructions and no call of the heap; slabs come from the
// heap and go back when the pool ends. What is larger than any list goes to the heap each time.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace tessera::rt {

class FramePool {
 public:
  static constexpr std::size_t kStep = 32, kMostBytes = 2048;

  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  // No frame is in use any more.
  ~FramePool();

  [[nodiscard]] void* take(std::size_t bytes) {
    const std::size_t list = (bytes + kStep - 1) / kStep;
    if (bytes > kMostBytes || free_[list] == nullptr) [[unlikely]] return take_new(bytes);
    Free* const frame = free_[list];
    free_[list] = frame->next;
    return frame;
  }
  // What take() gave for as many bytes.
  void give_back(void* frame, std::size_t bytes) {
    if (bytes > kMostBytes) [[unlikely]] return give_back_large(frame);
    Free*& first = free_[(bytes + kStep - 1) / kStep];
    first = new (frame) Free{first};
  }

  // Bytes of all slabs.
  [[nodiscard]] std::size_t slab_bytes() const { return slab_bytes_; }

 private:
  struct Free {
    Free* next;
    static void* operator new(std::size_t, void* place) { return place; }
  };
  struct Slab {
    Slab* next;
    std::size_t bytes;
  };
  static constexpr std::size_t kLeastSlab = 4096, kMostSlab = 65536;

  [[nodiscard]] void* take_new(std::size_t bytes);
  static void give_back_large(void* frame);

  std::array<Free*, kMostBytes / kStep + 1> free_{};
  std::span<std::byte> rest_;  // of the newest slab
  Slab* slabs_ = nullptr;
  std::size_t next_slab_ = kLeastSlab;
  std::size_t slab_bytes_ = 0;
};

// The calling thread's, which its executor sets; null: it has none, and can have no tasks.
[[nodiscard]] FramePool*& own_frames();

}  // namespace tessera::rt
