// SPDX-License-Identifier: Apache-2.0
// A device as a component sees it: grants `device.bar0` ... `device.interrupt` (also `device.interrupt1` ..., when the
// function has several messages in a table of its own), `dma`, and what PCI says of virtio and MSI-X as configuration (values 0x...,
// separated by colons):
//   device.virtio.common|notify|isr|device = bar:offset:length, notify also :multiplier
//   device.msix = bar:offset:entries
// Without device.msix an interrupt of PCI is a message (MSI) that genesis has told the function already.
// One of the device tree has `device.bar0`, perhaps `device.interrupt` (a line: it is to be
// acknowledged), and device.tree = what it is compatible with.
// The second device's names begin with `device1`, its memory is `dma1`, and so on. One that a component may ask for has a number
// behind those, and is described as configuration from the beginning.
#pragma once

#include "components/genesis/gift.hpp"

namespace tessera::genesis {

// Its capabilities.
void give_device(Gift& gift, const Device& device, std::size_t number);
// What is said of it.
void describe_device(FirstGift& gift, const Device& device, std::size_t number);

}  // namespace tessera::genesis
