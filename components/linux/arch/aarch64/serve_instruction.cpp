// SPDX-License-Identifier: Apache-2.0
// `mrs` of a register of features: EL1's, so it is an undefined instruction in a program, or one that traps where the
// processor tells the two apart (FEAT_IDST).
#include <array>

#include <linux_arch/registers.hpp>

#include "components/linux/arch/aarch64/guest_features.hpp"
#include "components/linux/core/guest_memory.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kUndefined = 0x00, kSystemRegister = 0x18;

using Registers64 = std::array<std::uint64_t Registers::*, 31>;
constexpr Registers64 kRegisters{
    &Registers::x0,  &Registers::x1,  &Registers::x2,  &Registers::x3,  &Registers::x4,  &Registers::x5,  &Registers::x6,  &Registers::x7,
    &Registers::x8,  &Registers::x9,  &Registers::x10, &Registers::x11, &Registers::x12, &Registers::x13, &Registers::x14, &Registers::x15,
    &Registers::x16, &Registers::x17, &Registers::x18, &Registers::x19, &Registers::x20, &Registers::x21, &Registers::x22, &Registers::x23,
    &Registers::x24, &Registers::x25, &Registers::x26, &Registers::x27, &Registers::x28, &Registers::x29, &Registers::x30};

// It is behind the instruction. A tracer that steps hears of it before the next: SS is 0 after an instruction.
void go_on(Registers& guest) {
  constexpr std::uint64_t kStep = 1 << 21, kBranchType = 3 << 10;
  guest.pc += 4;
  guest.pstate &= ~(kStep | kBranchType);
}

}  // namespace

bool serve_instruction(Registers& guest) {
  if (guest.vector != kUndefined && guest.vector != kSystemRegister) return false;
  const auto instruction = read_guest<std::uint32_t>(guest.pc);
  constexpr std::uint32_t kReadMask = 0xffff'f000, kRead = 0xd538'0000;  // mrs, op0 3, op1 0, CRn 0
  if (!instruction || (*instruction & kReadMask) != kRead) return false;
  const auto value = visible_register(guest_features(guest), *instruction >> 8 & 15, *instruction >> 5 & 7);
  if (!value) return false;
  if (const std::uint32_t to = *instruction & 31; to < kRegisters.size()) guest.*kRegisters.at(to) = *value;
  go_on(guest);
  return true;
}

}  // namespace tessera::lx
