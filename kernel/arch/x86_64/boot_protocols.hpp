// SPDX-License-Identifier: Apache-2.0
// What the boot loader left: PVH's start info or Multiboot2's information.
#pragma once

#include "kernel/boot/memory_map.hpp"

namespace tessera::nucleus::arch {

// Fills `facts` (all but the part that ACPI tells); the loader's structures must
// be in the identity-mapped first 4 GiB. On failure facts.error says why.
void read_boot_information(BootFacts& facts, std::uint32_t protocol, std::uint32_t information);

}  // namespace tessera::nucleus::arch
