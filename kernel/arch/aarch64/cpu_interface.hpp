// SPDX-License-Identifier: Apache-2.0
// What a core has of the interrupt controller for itself: GICv3's in system registers, or GICv2's in memory, where all cores'
// are at one place and each sees its own.
#pragma once

#include "kernel/support/registers.hpp"

namespace tessera::nucleus::arch {

inline constexpr std::uint32_t kCoreInterrupt = 1;  // from another core

// `interface`, `distributor`: GICv2's, mapped; 0: it is a GICv3.
void start_interface(Registers interface, Registers distributor);
// The running core's takes interrupts from here on.
void enable_interface();
// Whether interrupts of other kinds than from other cores come at all.
void let_all_in(bool all);
// The next one that is pending, which is being handled from now on; neither a message nor
// below kInterrupts: none.
std::uint32_t take_interrupt();
void end_interrupt(std::uint32_t number);
void send_to_core(std::uint64_t affinity);
// GICv2's name of a core that has enabled its own, as a set of one. 0: it has not.
std::uint32_t target_of(std::uint64_t affinity);

}  // namespace tessera::nucleus::arch
