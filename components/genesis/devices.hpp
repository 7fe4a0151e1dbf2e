// SPDX-License-Identifier: Apache-2.0
// Finds the hardware that a component is granted and makes capabilities for it,
// once; they are kept over restarts. Hardware that is not there is not an error:
// the component gets no grant and does what it can without.
#pragma once

#include "components/genesis/component.hpp"

namespace tessera::genesis {

// The machine's one, found when it is first needed; none: there is no PCI.
[[nodiscard]] Pci* pci();

// Reads the component's `device`, `ports` and `interrupt` grants.
void prepare_hardware(Component& component);
// One grant of that name and value: another device or line of the component, if the machine has it.
void prepare_hardware(Component& component, std::string_view name, std::string_view value);
// Devices may reach memory again / must not any more: bus mastering and messages off, and all reset that can be without their driver:
// by registers that are known (device_reset), else as functions (pci_reset).
void enable_devices(const Component& component);
void disable_devices(const Component& component);
void enable_device(const Device& device);
void disable_device(const Device& device);
// A function that no component has may not reach memory any more. False: there is none that the IOMMU knows by this number.
bool silence_device(std::uint32_t dma_number);

}  // namespace tessera::genesis
