// SPDX-License-Identifier: Apache-2.0
// What the component's scheduler is told of a carrier, where there is one: see
// lib/schedule/rows.hpp and components/scheduler. It decides how urgent the carrier's guest
// is; what it writes is used for nothing but to know that it did.
//
// With the big lock held.
#pragma once

#include "lib/rt/start.hpp"
#include "lib/schedule/rows.hpp"

namespace tessera::lx {

// Looks whether there is a scheduler, and has the nucleus tell it of contention. At the
// start, when the processors are known.
void open_schedule(const rt::Start& start);

// The carrier's place in what the scheduler sees. Without a scheduler, or when it has no room
// for more, nothing is told and the carrier stays as urgent as it is.
class Told {
 public:
  // Of a new carrier, by its nucleus thread.
  void begin(std::uint64_t thread);
  // The carrier carries another thread from now on, or none.
  void job(std::uint64_t thread, schedule::Wish wish, unsigned processor);
  void job_ended();
  void processor(unsigned number) {
    if (row_ != nullptr) row_->processor.store(static_cast<std::uint8_t>(number), std::memory_order_relaxed);
  }
  void rests() {
    if (row_ != nullptr) row_->rests.store(row_->rests.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void wish(schedule::Wish wish) {
    if (row_ != nullptr) schedule::set_wish(*row_, wish);
  }

 private:
  schedule::Row* row_ = nullptr;
};

}  // namespace tessera::lx
