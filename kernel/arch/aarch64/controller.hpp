// SPDX-License-Identifier: Apache-2.0
// The interrupt controller: GICv3 (Arm IHI 0069), or GICv2 (IHI 0048). Interrupts are known by their numbers
// (INTID): 0-15 from core to core, 16-31 a core's own, from 32 on those of devices, from
// kFirstMessage on messages.
#pragma once

#include "cpu_interface.hpp"
#include "kernel/boot/arm_machine.hpp"

namespace tessera::nucleus::arch {

inline constexpr std::uint32_t kFirstShared = 32, kInterrupts = 1020;

// A core's own part of it.
struct Redistributor {
  Registers registers;
  std::uint64_t physical = 0;
};

// Finds out how it is reached, and silences all devices' interrupts.
void start_controller(const MachineFacts& machine);
// The running core takes interrupts: those from other cores and its timer's. False: it
// has no redistributor.
bool enable_core_interrupts();
Redistributor own_redistributor();  // of the running core; none with GICv2
std::uint32_t timer_interrupt();

// Devices' interrupts.
bool has_shared(std::uint64_t number);
std::uint32_t shared_end();
void route_shared(std::uint32_t number, std::uint64_t affinity, bool pulses);
void mask_shared(std::uint32_t number);
void unmask_shared(std::uint32_t number);
bool controller_reserves(PhysAddr start, std::uint64_t bytes);

}  // namespace tessera::nucleus::arch
