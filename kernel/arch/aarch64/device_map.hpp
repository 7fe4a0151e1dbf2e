// SPDX-License-Identifier: Apache-2.0
// The nucleus' own address space: image, RAM, and the devices it uses itself.
#pragma once

#include "kernel/boot/memory_map.hpp"
#include "kernel/support/addresses.hpp"

namespace tessera::nucleus::arch {

// Where the image is in memory, and how far from its link address it runs.
void set_image_place(PhysAddr start, std::uint64_t slide);
std::uint64_t image_slide();
PhysRange image_range();
PhysAddr physical_of_image(const void* object);

// Maps a device's registers for good.
std::uint64_t map_device(const PhysRange& range);
// Builds the final map (image with least rights, RAM at a random place) and switches to
// it. Pointers to physical memory made before are invalid afterwards.
void build_address_space(const BootFacts& facts, std::uint64_t random);
// What TTBR1_EL1 holds for tables with this root: those of the upper half.
constexpr std::uint64_t upper_half(std::uint64_t root) { return root + 2048; }

}  // namespace tessera::nucleus::arch
