// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/schedule.hpp"

#include <abi/nucleus.client.hpp>

#include "components/linux/nucleus/processors.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::lx {

namespace {

struct Schedule {
  std::span<schedule::Row> rows;
  std::uint64_t table = 0;
  std::size_t next = schedule::kFirstRow;
};
Schedule known;

}  // namespace

void open_schedule(const rt::Start& start) {
  const auto rows = start.grant("schedule.rows", tessera::abi::ObjectType::memory);
  const auto table = start.grant("schedule.table", tessera::abi::ObjectType::cap_table);
  const auto contention = start.grant("schedule.contention", tessera::abi::ObjectType::notification);
  if (!rows || rows->address == 0 || !table || !contention) return;
  known.rows = rt::span_at<schedule::Row>(rows->address, std::min(rows->bytes / sizeof(schedule::Row), schedule::kMostRows));
  known.table = table->handle;
  // What is left of an earlier life names nothing any more.
  for (schedule::Row& row : known.rows) row.job.store(0, std::memory_order_relaxed);
  for_each_processor(processors(), [&](unsigned number) {
    if (const auto done = tessera::abi::budget_watch(budget_of(number), contention->handle); !done)
      rt::log("the scheduler hears nothing of processor {}: {}", number, done.error());
  });
}

void Told::begin(std::uint64_t thread) {
  if (known.next >= known.rows.size()) return;
  // Its one right: to be paced, and looked at.
  const auto handle = tessera::abi::cap_table_copy(known.table, thread, known.next, tessera::abi::kRightExecute, 0);
  if (!handle) return;
  row_ = &known.rows[known.next];
  ++known.next;
  row_->handle.store(*handle, std::memory_order_relaxed);
  row_->paced.store(0, std::memory_order_relaxed);
}

void Told::job(std::uint64_t thread, schedule::Wish wish, unsigned number) {
  if (row_ == nullptr) return;
  schedule::set_wish(*row_, wish);
  processor(number);
  const schedule::Turn turn = schedule::first_turn(wish);
  // It may be as it was for the thread before.
  if (row_->paced.load(std::memory_order_relaxed) != 0 || turn != schedule::Turn{}) {
    row_->paced.store(turn == schedule::Turn{} ? 0 : 1, std::memory_order_seq_cst);
    (void)tessera::abi::thread_pace(thread, turn.priority, turn.slice_ns);
  }
  const std::uint32_t before = row_->job.load(std::memory_order_relaxed);
  row_->job.store(before + (schedule::carries(before) ? 2 : 1), std::memory_order_release);
}

void Told::job_ended() {
  if (row_ != nullptr) row_->job.store((row_->job.load(std::memory_order_relaxed) | 1) + 1, std::memory_order_release);
}

}  // namespace tessera::lx
