// SPDX-License-Identifier: Apache-2.0
// The personality's threads, as its rows tell of them and as the nucleus does: what they did
// since the last look, and how urgent they were made.
//
// Rows are the personality's, and may say anything: each is read once a look, and what it
// leads to is done to threads that the personality itself put into the table, if to any.
#pragma once

#include <array>
#include <span>

#include "components/scheduler/policy.hpp"
#include "lib/schedule/rows.hpp"

namespace tessera::scheduler {

class Threads {
 public:
  // `table`: handle of the table that rows' handles are for.
  Threads(std::span<schedule::Row> rows, std::uint64_t table) : rows_(rows.first(std::min(rows.size(), schedule::kMostRows))), table_(table) {}

  // Looks at all that carry a thread. `judge`: what they did counts; else it is where the
  // next window begins.
  [[nodiscard]] std::span<Entry> look(bool judge);
  // Makes them as urgent as was decided, where that changed.
  void apply();

 private:
  struct Known {
    std::uint64_t handle = 0;  // as the row has it
    std::uint32_t job = 0;
    std::uint64_t ran_ns = 0;  // up to the last look
    std::uint64_t rests = 0;   // the same
    Standing standing;
    schedule::Turn turn;       // as last set
    bool set = false;          // it is
  };

  std::span<schedule::Row> rows_;
  std::uint64_t table_;
  std::array<Known, schedule::kMostRows> known_{};
  std::array<Entry, schedule::kMostRows> entries_{};
  std::array<std::uint16_t, schedule::kMostRows> rows_of_{};  // of the entries
  std::size_t count_ = 0;
};

}  // namespace tessera::scheduler
