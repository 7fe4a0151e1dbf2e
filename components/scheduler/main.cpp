// SPDX-License-Identifier: Apache-2.0
// The scheduling policy of a personality's threads: see README.md.
#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "components/scheduler/threads.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/system_call.hpp"

namespace {

using namespace tessera;

constexpr std::uint64_t kWindowNs = 10'000'000;
// And not less than this for each thread, so that looking takes a percent or two of the time
// however many there are. (Not measured: a look that was held up once would have long effect.)
constexpr std::uint64_t kWindowOfOneNs = 60'000;
// Windows without contention after which nothing is to be decided any more.
constexpr unsigned kCalm = 5;

// Decides window by window until whoever wants to run does.
void until_settled(scheduler::Threads& threads, scheduler::Policy& policy, std::uint64_t contention) {
  (void)threads.look(false);
  std::uint64_t last = rt::now_ns(), window = kWindowNs;
  for (unsigned calm = 0; calm < kCalm;) {
    rt::sleep_until(last + window);
    const std::uint64_t now = rt::now_ns();
    const auto told = abi::notification_poll(contention);
    const auto entries = threads.look(true);
    policy.decide(entries, now - last);
    threads.apply();
    calm = told.value_or(0) == 0 && scheduler::settled(entries, now - last) ? calm + 1 : 0;
    window = std::max(kWindowNs, entries.size() * kWindowOfOneNs);
    last = now;
  }
}

}  // namespace

int component_main(const rt::Start& start) {
  const auto rows = start.grant("schedule.rows", abi::ObjectType::memory);
  const auto table = start.grant("schedule.table", abi::ObjectType::cap_table);
  const auto contention = start.grant("schedule.contention", abi::ObjectType::notification);
  if (!rows || rows->address == 0 || !table || !contention) rt::panic("there is nothing to schedule");
  static constinit scheduler::Policy policy;
  static scheduler::Threads threads(rt::span_at<schedule::Row>(rows->address, rows->bytes / sizeof(schedule::Row)), table->handle);
  start.ready();
  for (;;) {
    if (rt::wait_notification(contention->handle)) until_settled(threads, policy, contention->handle);
  }
}
