// SPDX-License-Identifier: Apache-2.0
#include <linux_arch/program.hpp>

#include "components/linux/arch/aarch64/guest_features.hpp"
#include "components/linux/memory/area.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/signal_frame.hpp"

namespace tessera::lx {

std::uint64_t hardware_capabilities() { return capabilities_of(guest_features(current_thread().registers())).first; }
std::uint64_t hardware_capabilities2() { return capabilities_of(guest_features(current_thread().registers())).second; }

std::uint32_t machine_protection() {
  return has_branch_targets(guest_features(current_thread().registers())) ? kProtBranchTargets : 0;
}

std::uint64_t smallest_signal_stack_bytes() { return smallest_signal_stack(current_thread()); }

}  // namespace tessera::lx
