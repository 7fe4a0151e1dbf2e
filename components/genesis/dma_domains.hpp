// SPDX-License-Identifier: Apache-2.0
// What the devices of a component reach of memory, where the machine has an IOMMU: the memory of
// the devices themselves, its channels and its pools, in a DMA domain that is made once. A device
// is in it while its driver lives.
#pragma once

#include <expected>
#include <string_view>

#include "components/genesis/life.hpp"

namespace tessera::genesis {

// Whether the machine's devices are confined; the first time that it is asked the answer is logged if they are not.
[[nodiscard]] bool dma_is_confined();

// The component's domain, if it has devices that need one and there is none yet. An error: its devices would reach nothing.
[[nodiscard]] std::expected<void, std::string_view> make_domain(Component& component, const Surroundings& around);
// The device reaches memory / reaches none any more. No effect where nothing is confined.
void put_into_domain(const Component& component, const Device& device);
void take_out_of_domain(const Device& device);
// One that was asked for reaches its own DMA memory, and nothing else. False: there is no memory for a domain.
[[nodiscard]] bool put_into_own_domain(Device& device);

}  // namespace tessera::genesis
