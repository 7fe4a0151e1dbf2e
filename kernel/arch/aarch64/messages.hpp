// SPDX-License-Identifier: Apache-2.0
// Message-signalled interrupts by the controller's ITS (Arm IHI 0069, 5): a device writes a
// number to one address, and what it means for that device is an interrupt of the first core
// (LPI). There is room for some devices and messages, in memory that is taken once. Without an ITS by the frame of a
// GICv2m, where the number is that of a line that cores share, whichever device writes it.
#pragma once

#include "controller.hpp"

namespace tessera::nucleus::arch {

inline constexpr std::uint32_t kFirstMessage = 8192, kMessages = 64;

// `own`: of the running core. Says in the log why there are none, if there is an ITS or a frame.
void start_messages(const MachineFacts& machine, const Redistributor& own, PhysAddr (*take)(std::uint64_t bytes));
MessageLines message_lines();  // that a frame raises
// From now on the device with this number at the ITS raises interrupt kFirstMessage + `message` when it
// writes `message`. False: it cannot.
bool map_message(std::uint64_t device, std::uint32_t message);
void enable_message(std::uint64_t device, std::uint32_t message, bool enabled);
void unmap_message(std::uint64_t device, std::uint32_t message);
std::uint64_t message_address();  // where it writes to

}  // namespace tessera::nucleus::arch
