// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/load.hpp"

#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {

// Fixed point with 11 bits, the decay of 5 s in 1, 5 and 15 minutes (exp(-5/60) ...).
constexpr std::uint64_t kOne = 2048;
constexpr std::array<std::uint64_t, 3> kDecay{1884, 2014, 2037};
constexpr std::uint64_t kPeriodNs = 5'000'000'000;

std::array<std::uint64_t, 3> averages{};
TimerEntry sampling;

void sample(TimerEntry& entry, void*) {
  const std::uint64_t active = runnable_threads() * kOne;
  for (std::size_t i = 0; i < averages.size(); ++i) {
    std::uint64_t next = averages[i] * kDecay[i] + active * (kOne - kDecay[i]);
    if (active >= averages[i]) next += kOne - 1;
    averages[i] = next / kOne;
  }
  arm_timer(entry, monotonic_ns() + kPeriodNs);
}

}  // namespace

std::array<std::uint32_t, 3> load_averages() {
  std::array<std::uint32_t, 3> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint32_t>(averages[i] * 100 / kOne);
  return out;
}

std::uint32_t runnable_threads() {
  std::uint32_t count = 0;
  registry().for_each_process([&](const Process& process) {
    if (process.stopped) return;
    for (const Thread* const thread : process.threads) count += thread->sleeping == SleepState::awake ? 1 : 0;
  });
  return count;
}

void start_load_sampling() {
  sampling.action = sample;
  arm_timer(sampling, monotonic_ns() + kPeriodNs);
}

}  // namespace tessera::lx
