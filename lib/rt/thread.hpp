// SPDX-License-Identifier: Apache-2.0
// Threads of a component: each a nucleus Thread with a stack, a message page and a
// block of its own, sharing table, space and budget with the first. Its faults go
// to the supervisor, as the first one's.
#pragma once

#include <abi/nucleus.hpp>
#include <cstdint>
#include <expected>

#include "lib/rt/objects.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::rt {

class Thread {
 public:
  struct Options {
    void (*entry)(void*) = nullptr;
    void* argument = nullptr;
    void* user = nullptr;          // ThreadBlock::user
    std::uint64_t priority = 100;  // at most the caller's
    bool start = true;             // else the caller resumes it
  };

  constexpr Thread() = default;
  [[nodiscard]] static std::expected<Thread, abi::Error> create(const Options& options);

  [[nodiscard]] Handle handle() const { return block_ == nullptr ? 0 : block_->thread; }
  [[nodiscard]] ThreadBlock* block() const { return block_; }

  // The entry function has returned; the thread will never run again.
  [[nodiscard]] bool finished() const;
  // Ends the thread, wherever it is, and frees all that it was made of. Not for the calling thread.
  void destroy();

 private:
  ThreadBlock* block_ = nullptr;
};

}  // namespace tessera::rt
