// SPDX-License-Identifier: Apache-2.0
// Resets of devices without their drivers, by the registers of those kinds that are known: virtio (1.1, 4.1.4.3.1), NVM
// Express (1.4, 7.3.2), AHCI (1.3.1, 10.4.3). A device lets go of all memory then: what it was doing for the component's
// last life may else go on, also without bus mastering, in what the machine's emulator has under way. Quicker than a reset
// of the function, and the machine's memory map stays as it is, which other cores may be using.
#pragma once

#include "components/genesis/component.hpp"

namespace tessera::genesis {

// `class_code`: what PCI says that it is. False: it is of no such kind, or does not answer.
[[nodiscard]] bool reset_by_registers(const Device& device, std::uint32_t class_code);

}  // namespace tessera::genesis
