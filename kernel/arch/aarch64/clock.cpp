// SPDX-License-Identifier: Apache-2.0
#include "clock.hpp"

#include "arch.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kLeastHz = 1'000'000, kMostHz = 0xffff'ffff;

using Wide = unsigned __int128;

std::uint64_t boot_ticks;
std::uint64_t ns_per_tick;   // 32.32
std::uint64_t ticks_per_ns;  // 32.32
std::uint64_t rate_hz;

void write_deadline(std::uint64_t ticks) { asm volatile("msr cntv_cval_el0, %0; isb" ::"r"(ticks)); }

}  // namespace

bool start_clock() {
  boot_ticks = read_counter();
  rate_hz = read_counter_rate();
  if (rate_hz < kLeastHz || rate_hz > kMostHz) return false;
  ns_per_tick = (kSecondNs << 32) / rate_hz;
  ticks_per_ns = (rate_hz << 32) / kSecondNs;
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

ClockFacts clock_facts() { return {rate_hz, boot_ticks}; }

std::uint64_t ticks_to_ns(std::uint64_t ticks) { return static_cast<std::uint64_t>((Wide{ticks} * ns_per_tick) >> 32); }
std::uint64_t ns_to_ticks(std::uint64_t ns) { return static_cast<std::uint64_t>((Wide{ns} * ticks_per_ns) >> 32); }
std::uint64_t now_ns() { return ns_per_tick == 0 ? 0 : ticks_to_ns(read_counter() - boot_ticks); }

std::uint64_t ns_to_clock(std::uint64_t deadline_ns) {
  // Far deadlines must not wrap into the past; the ticks that are added make up for the
  // rounding of both scales, so that the clock reads at least the deadline.
  static constexpr std::uint64_t kFar = std::uint64_t{1} << 60;
  const std::uint64_t ns = deadline_ns < kFar ? deadline_ns : kFar;
  const std::uint64_t ticks = ns_to_ticks(ns) + 2;
  return ticks > ~boot_ticks ? ~std::uint64_t{0} - 1 : boot_ticks + ticks;
}

}  // namespace tessera::nucleus::arch
