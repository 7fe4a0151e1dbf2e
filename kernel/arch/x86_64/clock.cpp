// SPDX-License-Identifier: Apache-2.0
// Time from the time-stamp counter. Its rate, and the local APIC timer's, are
// measured against the 8254 once at boot: two readings of all three, each pair
// taken as close together as can be had, so that a pause in between does no harm.
#include "clock.hpp"

#include "apic.hpp"
#include "arch.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr std::uint64_t kPitHz = 1'193'182;
constexpr std::uint16_t kPitWait = 2400;  // about 2 ms

ClockScale scale;
std::uint64_t rate_hz;

std::uint16_t read_pit() {
  out8(0x43, 0x80);  // latch channel 2
  const std::uint16_t low = in8(0x42);
  return static_cast<std::uint16_t>(low | (in8(0x42) << 8));
}

struct Sample {
  std::uint64_t tsc = 0;
  std::uint16_t pit = 0;
  std::uint32_t apic = 0;
};

Sample sample() {
  Sample best;
  std::uint64_t narrowest = ~std::uint64_t{0};
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = read_tsc();
    const std::uint16_t pit = read_pit();
    const std::uint32_t apic = read_apic_count();
    const std::uint64_t after = read_tsc();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    best = {before + (after - before) / 2, pit, apic};
  }
  return best;
}

}  // namespace

void start_clock() {
  scale.boot_ticks = read_tsc();
  out8(0x61, static_cast<std::uint8_t>((in8(0x61) & ~2) | 1));  // gate on, speaker off
  Sample first, second;
  std::uint16_t elapsed = 0;
  do {
    out8(0x43, 0xb0);  // channel 2, both bytes, mode 0: counts down once from the top
    out8(0x42, 0xff);
    out8(0x42, 0xff);
    start_apic_count();
    first = sample();
    do {
      second = sample();
      elapsed = static_cast<std::uint16_t>(first.pit - second.pit);
    } while (elapsed < kPitWait);
  } while ((in8(0x61) & 0x20) != 0);  // ran out: a pause longer than the counter
  const std::uint64_t ticks = second.tsc - first.tsc;
  rate_hz = ticks * kPitHz / elapsed;
  scale.ns_per_tick = divide_scaled(ClockScale::kSecondNs, rate_hz);
  scale.ticks_per_ns = divide_scaled(rate_hz, ClockScale::kSecondNs);
  set_apic_rate(first.apic - second.apic, ticks);
}

ClockFacts clock_facts() { return {rate_hz, scale.boot_ticks}; }

std::uint64_t ticks_to_ns(std::uint64_t ticks) { return scale.to_ns(ticks); }
std::uint64_t ns_to_ticks(std::uint64_t ns) { return scale.to_ticks(ns); }
std::uint64_t now_ns() { return ticks_to_ns(read_tsc() - scale.boot_ticks); }  // 0 before the clock is started
std::uint64_t ns_to_clock(std::uint64_t deadline_ns) { return scale.deadline(deadline_ns); }

}  // namespace tessera::nucleus::arch
