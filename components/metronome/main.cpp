// SPDX-License-Identifier: Apache-2.0
// A task with a deadline: see README.md.
#include <algorithm>
#include <cstdint>

#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"

namespace {

constexpr std::uint64_t kPeriodNs = 10'000'000;
constexpr unsigned kPeriods = 100;
constexpr std::uint64_t kLoopSteps = 750'000;  // two instructions each

void compute() {
  for (std::uint64_t step = 0; step < kLoopSteps; ++step) asm volatile("");
}

}  // namespace

int component_main(const tessera::rt::Start& start) {
  namespace rt = tessera::rt;
  start.ready();
  std::uint64_t latest_begin = 0, latest_end = 0;
  unsigned missed = 0;
  std::uint64_t release = rt::now_ns() + kPeriodNs;
  for (unsigned period = 0; period < kPeriods; ++period, release += kPeriodNs) {
    while (rt::now_ns() < release) rt::sleep_until(release);
    latest_begin = std::max(latest_begin, rt::now_ns() - release);
    compute();
    const std::uint64_t end = rt::now_ns() - release;
    latest_end = std::max(latest_end, end);
    if (end > kPeriodNs) ++missed;
  }
  rt::log("missed {} of {} deadlines; began {} ns late at worst, finished after {} ns of {}", missed, kPeriods, latest_begin,
          latest_end, kPeriodNs);
  return static_cast<int>(std::min(missed, 255u));
}
