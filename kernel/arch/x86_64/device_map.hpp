// SPDX-License-Identifier: Apache-2.0
// The nucleus' own address space: image, RAM, and the few device pages it uses.
#pragma once

#include "kernel/boot/memory_map.hpp"
#include "kernel/support/addresses.hpp"

namespace tessera::nucleus::arch {

// Maps a page of device registers, uncached, for good.
std::uint64_t map_device_page(PhysAddr page);
// Where the image is.
PhysRange image_range();
// Builds the final map (image with least rights, RAM at a random place) from
// pages that `take` supplies, and switches to it. Pointers to physical memory
// made before are invalid afterwards.
void build_address_space(const BootFacts& facts, PhysAddr (*take)(), std::uint64_t random);

}  // namespace tessera::nucleus::arch
