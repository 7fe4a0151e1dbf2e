// SPDX-License-Identifier: Apache-2.0
#include "clock.hpp"

#include "arch.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr std::uint64_t kLeastHz = 1'000'000, kMostHz = 0xffff'ffff;

ClockScale scale;
std::uint64_t rate_hz;

void write_deadline(std::uint64_t ticks) { asm volatile("msr cntv_cval_el0, %0; isb" ::"r"(ticks)); }

}  // namespace

bool start_clock() {
  scale.boot_ticks = read_counter();
  rate_hz = read_counter_rate();
  if (rate_hz < kLeastHz || rate_hz > kMostHz) return false;
  scale.ns_per_tick = (ClockScale::kSecondNs << 32) / rate_hz;
  scale.ticks_per_ns = (rate_hz << 32) / ClockScale::kSecondNs;
  return true;
}

void enable_core_timer() {
  constexpr std::uint64_t kUserReadsVirtual = 2, kOn = 1;
  asm volatile("msr cntkctl_el1, %0" ::"r"(kUserReadsVirtual));
  silence_timer();
  asm volatile("msr cntv_ctl_el0, %0; isb" ::"r"(kOn));
}

void silence_timer() { write_deadline(~std::uint64_t{0}); }
void arm_timer(std::uint64_t deadline_ticks) { write_deadline(deadline_ticks); }

ClockFacts clock_facts() { return {rate_hz, scale.boot_ticks}; }

std::uint64_t ticks_to_ns(std::uint64_t ticks) { return scale.to_ns(ticks); }
std::uint64_t ns_to_ticks(std::uint64_t ns) { return scale.to_ticks(ns); }
std::uint64_t now_ns() { return scale.ns_per_tick == 0 ? 0 : ticks_to_ns(read_counter() - scale.boot_ticks); }
std::uint64_t ns_to_clock(std::uint64_t deadline_ns) { return scale.deadline(deadline_ns); }

}  // namespace tessera::nucleus::arch
