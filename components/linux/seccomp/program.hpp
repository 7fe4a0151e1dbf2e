// SPDX-License-Identifier: Apache-2.0
// Classic BPF as seccomp(2) has it: programs are checked once, then run.
//
// A checked program ends: jumps go forward only and the last instruction returns.
// It reads only the 64 bytes that describe a system call, and scratch words that
// it has written on every way there. Knows neither processes nor guests.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

// struct sock_filter.
struct BpfInstruction {
  std::uint16_t code = 0;
  std::uint8_t jump_true = 0, jump_false = 0;
  std::uint32_t k = 0;
};
static_assert(sizeof(BpfInstruction) == 8);

// struct seccomp_data, as words: number, architecture, instruction pointer, arguments.
using BpfInput = std::array<std::uint32_t, 16>;

class BpfProgram {
 public:
  static constexpr std::size_t kMostInstructions = 4096;
  // EINVAL for a program that seccomp does not take.
  static Result<BpfProgram> check(std::vector<BpfInstruction> instructions);
  [[nodiscard]] std::uint32_t run(const BpfInput& input) const;
  [[nodiscard]] std::size_t size() const { return instructions_.size(); }

 private:
  explicit BpfProgram(std::vector<BpfInstruction> instructions) : instructions_(std::move(instructions)) {}
  std::vector<BpfInstruction> instructions_;
};

}  // namespace tessera::lx
