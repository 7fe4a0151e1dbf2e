// SPDX-License-Identifier: Apache-2.0
// GDT, TSS and IDT of a core.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "arch.hpp"

namespace tessera::nucleus::arch {

struct [[gnu::packed]] TaskState {
  std::uint32_t reserved_0 = 0;
  std::array<std::uint64_t, 3> rsp{};
  std::uint64_t reserved_1 = 0;
  std::array<std::uint64_t, 7> interrupt_stack{};
  std::uint64_t reserved_2 = 0;
  std::uint16_t reserved_3 = 0;
  std::uint16_t io_map = sizeof(TaskState);  // no port is open to user mode
};
static_assert(sizeof(TaskState) == 104);

// Stacks for what may come while the stack pointer is a user's.
struct EmergencyStack {
  alignas(16) std::array<std::byte, 4096> bytes{};
};

// What each core has of its own.
struct Descriptors {
  std::array<std::uint64_t, 9> segments{};
  TaskState task;
  std::array<EmergencyStack, 3> emergency;  // NMI, double fault, machine check
};

// Fills the table of gates that all cores share; before the first load.
void build_gates();
// Makes the running core use its descriptors and block, with interrupts and system
// calls entering on `stack_top`.
void load_descriptors(CoreBlock& block, Descriptors& descriptors);
// How far from its link address the image runs.
std::uint64_t image_slide();
void set_image_slide(std::uint64_t slide);

}  // namespace tessera::nucleus::arch
