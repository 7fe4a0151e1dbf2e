// SPDX-License-Identifier: Apache-2.0
// Stacks of threads. An address space holds few attachments, so stacks are cut
// from slabs of growing size, each one Memory and one attachment. A place is
// `message page, unmapped page, stack`, with the ThreadBlock at the stack's top.
//
// Not responsible for when a stack is free: whoever made the thread says.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>
#include <expected>

#include "lib/rt/mutex.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::rt {

struct StackPlace {
  ThreadBlock* block = nullptr;
  Handle memory = 0;                 // that holds the message page
  std::uint64_t message_offset = 0;  // in memory
};

class Stacks {
 public:
  static constexpr std::uint64_t kPlaceBytes = 64 * 1024;  // 56 KiB of stack

  constexpr Stacks() = default;
  // The block is as new; its message page is set.
  [[nodiscard]] std::expected<StackPlace, abi::Error> take();
  void give_back(ThreadBlock& block);

 private:
  struct Slab {
    Mapping mapping;
    std::uint64_t places = 0;
  };
  static constexpr unsigned kFirstSlabBits = 18;
  static constexpr unsigned kLastSlabBits = 23;

  [[nodiscard]] std::expected<void, abi::Error> grow() REQUIRES(lock_);
  [[nodiscard]] std::expected<void, abi::Error> map_place(const Slab& slab, std::uint64_t number) REQUIRES(lock_);
  [[nodiscard]] StackPlace describe(const Slab& slab, std::uint64_t number) const;

  Mutex lock_;
  std::array<Slab, 48> slabs_ GUARDED_BY(lock_){};
  std::size_t slab_count_ GUARDED_BY(lock_) = 0;
  std::uint64_t next_place_ GUARDED_BY(lock_) = 0;  // of the last slab
  ThreadBlock* free_ GUARDED_BY(lock_) = nullptr;
};

[[nodiscard]] Stacks& stacks();

}  // namespace tessera::rt
