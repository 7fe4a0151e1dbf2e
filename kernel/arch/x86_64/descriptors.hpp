// SPDX-License-Identifier: Apache-2.0
// GDT, TSS and IDT of a core.
#pragma once

#include <cstdint>

#include "arch.hpp"

namespace tessera::nucleus::arch {

// Makes the running core use its own descriptors and block, with interrupts and
// system calls entering on `stack_top`.
void load_descriptors(CoreBlock& block);
// How far from its link address the image runs.
std::uint64_t image_slide();
void set_image_slide(std::uint64_t slide);

}  // namespace tessera::nucleus::arch
