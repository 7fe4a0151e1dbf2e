// SPDX-License-Identifier: Apache-2.0
// The timer heap against a sorted multimap; conversions of times.
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "components/linux/time/convert.hpp"
#include "components/linux/time/timer_heap.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

std::vector<TimerEntry*> fired;

void against_model() {
  Random random(seed);
  TimerHeap heap;
  std::vector<std::unique_ptr<TimerEntry>> entries;
  for (int i = 0; i < 50; ++i) {
    entries.push_back(std::make_unique<TimerEntry>());
    entries.back()->action = [](TimerEntry& entry, void*) { fired.push_back(&entry); };
  }
  std::map<TimerEntry*, std::uint64_t> model;
  std::uint64_t now = 0;
  for (int step = 0; step < 20000; ++step) {
    TimerEntry& entry = *entries[static_cast<std::size_t>(random.below(entries.size()))];
    switch (random.below(4)) {
      case 0: case 1: {
        const std::uint64_t deadline = now + random.below(1000);
        std::uint64_t others = TimerHeap::kNever;
        for (const auto& [other, time] : model)
          if (other != &entry) others = std::min(others, time);
        const bool first = heap.arm(entry, deadline);
        if (deadline < others) CHECK(first);
        if (deadline > others) CHECK(!first);
        model[&entry] = deadline;
        break;
      }
      case 2:
        heap.disarm(entry);
        model.erase(&entry);
        break;
      default: {
        now += random.below(300);
        fired.clear();
        heap.run(now);
        std::uint64_t last = 0;
        for (TimerEntry* const one : fired) {
          const auto found = model.find(one);
          CHECK(found != model.end() && found->second <= now && found->second >= last);
          if (found == model.end()) continue;
          last = found->second;
          model.erase(found);
          CHECK(!one->armed());
        }
        break;
      }
    }
    std::uint64_t first = TimerHeap::kNever;
    for (const auto& [one, time] : model) first = std::min(first, time);
    CHECK(heap.first_deadline() == first && heap.size() == model.size());
  }
  entries.clear();  // entries leave the heap when they go
  CHECK(heap.size() == 0);
}

void conversions() {
  CHECK(ns_of(GuestTimespec{1, 5}).value() == 1'000'000'005);
  CHECK(!ns_of(GuestTimespec{-1, 0}) && !ns_of(GuestTimespec{0, -1}) && !ns_of(GuestTimespec{0, 1'000'000'000}));
  CHECK(ns_of(GuestTimespec{INT64_MAX, 999'999'999}).value() == kFarFutureNs);
  CHECK(ns_of(GuestTimeval{2, 3}).value() == 2'000'003'000 && !ns_of(GuestTimeval{0, 1'000'000}));
  CHECK(after(5, kFarFutureNs) == kFarFutureNs && after(5, 6) == 11);
  const GuestTimespec time = timespec_of(3'000'000'007);
  CHECK(time.seconds == 3 && time.nanoseconds == 7);
}

}  // namespace

void time_tests() {
  against_model();
  conversions();
}

}  // namespace tessera::lx::test
