// SPDX-License-Identifier: Apache-2.0
#include "components/scheduler/threads.hpp"

#include <abi/nucleus.client.hpp>

namespace tessera::scheduler {

std::span<Entry> Threads::look(bool judge) {
  count_ = 0;
  std::uint16_t number = 0;
  for (const schedule::Row& row : rows_) {
    const std::uint16_t index = number++;
    const auto claim = schedule::read_row(row, table_);
    if (!claim) continue;
    const auto progress = abi::thread_progress(claim->through);
    if (!progress) continue;
    Known& known = known_.at(index);
    const bool fresh = known.handle != claim->handle || known.job != claim->job;
    // One that is new began at the base level, some time in this window.
    if (fresh) {
      known = {};
      known.handle = claim->handle;
      known.job = claim->job;
    }
    Entry& entry = entries_.at(count_);
    entry.wish = claim->wish;
    entry.processor = claim->processor;
    entry.standing = known.standing;
    entry.sample = {.ran_ns = fresh || progress->ns < known.ran_ns ? 0 : progress->ns - known.ran_ns,
                    .rests = fresh || claim->rests < known.rests ? 0 : claim->rests - known.rests,
                    .ready = progress->wants_to_run != 0};
    known.ran_ns = progress->ns;
    known.rests = claim->rests;
    rows_of_.at(count_) = index;
    if (judge) ++count_;
  }
  return std::span(entries_).first(count_);
}

void Threads::apply() {
  for (std::size_t i = 0; i < count_; ++i) {
    const Entry& entry = entries_.at(i);
    const std::uint16_t index = rows_of_.at(i);
    Known& known = known_.at(index);
    known.standing = entry.standing;
    const schedule::Turn turn = schedule::turn_of(entry.level, entry.wish);
    if (known.set && turn == known.turn) continue;
    schedule::Row& row = rows_[index];
    // Before it is: whoever ends the job meanwhile takes it back.
    row.paced.store(turn == schedule::Turn{} ? 0 : 1, std::memory_order_seq_cst);
    if (!abi::thread_pace(schedule::handle_through(table_, known.handle), turn.priority, turn.slice_ns)) continue;
    known.turn = turn;
    known.set = true;
  }
}

}  // namespace tessera::scheduler
