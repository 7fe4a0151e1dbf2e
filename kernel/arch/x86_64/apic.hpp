// SPDX-License-Identifier: Apache-2.0
// Local APIC: end of interrupt and the core's timer. xAPIC through memory,
// x2APIC through MSRs where the CPU has it. Intel SDM 3, chapter 11.
#pragma once

#include <cstdint>

namespace tessera::nucleus::arch {

inline constexpr unsigned kTimerVector = 0xe0;
inline constexpr unsigned kCoreVector = 0xf0;  // from another core; of a class above all others: see doze()
inline constexpr unsigned kSpuriousVector = 0xff;
inline constexpr std::uint64_t kDefaultApic = 0xfee00000;

// Finds out how it is reached; then enables that of the first core.
void start_local_apic();
// That of the running core: no interrupt is open yet.
void enable_local_apic();
void end_of_interrupt();
std::uint32_t local_apic_id();
// To the core whose local APIC has this number: reset, then begin in real mode at the page.
void send_init(std::uint32_t id);
void send_start(std::uint32_t id, unsigned page);
// An interrupt of this vector.
void send_interrupt(std::uint32_t id, unsigned vector);
// The timer's free-running count down, for calibration.
void start_apic_count();
std::uint32_t read_apic_count();
// The running core's timer, at the first one's rate.
void enable_core_timer();
void set_apic_rate(std::uint64_t apic_ticks, std::uint64_t tsc_ticks);

}  // namespace tessera::nucleus::arch
