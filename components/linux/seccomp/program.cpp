// SPDX-License-Identifier: Apache-2.0
#include "components/linux/seccomp/program.hpp"

namespace tessera::lx {

namespace {

// Parts of an instruction's code.
constexpr std::uint16_t kLoad = 0x00, kLoadIndex = 0x01, kStore = 0x02, kStoreIndex = 0x03, kArithmetic = 0x04, kJump = 0x05,
                        kReturn = 0x06, kMove = 0x07;
constexpr std::uint16_t kImmediate = 0x00, kAbsolute = 0x20, kMemory = 0x60, kLength = 0x80;
constexpr std::uint16_t kAdd = 0x00, kSub = 0x10, kMul = 0x20, kDiv = 0x30, kOr = 0x40, kAnd = 0x50, kLeft = 0x60, kRight = 0x70,
                        kNegate = 0x80, kXor = 0xa0;
constexpr std::uint16_t kAlways = 0x00, kEqual = 0x10, kGreater = 0x20, kGreaterEqual = 0x30, kAnySet = 0x40;
constexpr std::uint16_t kByX = 0x08, kReturnA = 0x10, kToX = 0x00, kToA = 0x80;

constexpr std::uint16_t kClassMask = 0x07;
constexpr std::size_t kScratchWords = 16;
constexpr std::uint32_t kInputBytes = sizeof(BpfInput);

bool valid_code(const BpfInstruction& instruction) {
  const std::uint16_t code = instruction.code;
  const std::uint16_t rest = code & ~kClassMask;
  switch (code & kClassMask) {
    case kLoad:
      if (rest == kAbsolute) return instruction.k < kInputBytes && instruction.k % 4 == 0;
      return rest == kImmediate || rest == kLength || (rest == kMemory && instruction.k < kScratchWords);
    case kLoadIndex: return rest == kImmediate || rest == kLength || (rest == kMemory && instruction.k < kScratchWords);
    case kStore: case kStoreIndex: return rest == 0 && instruction.k < kScratchWords;
    case kArithmetic:
      if (rest == kNegate) return true;
      switch (rest & ~kByX) {
        case kDiv: return (rest & kByX) != 0 || instruction.k != 0;
        case kLeft: case kRight: return (rest & kByX) != 0 || instruction.k < 32;
        case kAdd: case kSub: case kMul: case kOr: case kAnd: case kXor: return true;
        default: return false;
      }
    case kJump:
      if (rest == kAlways) return true;
      switch (rest & ~kByX) {
        case kEqual: case kGreater: case kGreaterEqual: case kAnySet: return true;
        default: return false;
      }
    case kReturn: return rest == 0 || rest == kReturnA;
    case kMove: return rest == kToX || rest == kToA;
    default: return false;
  }
}

// Jumps end inside, and what is loaded from the scratch words was stored there on every way.
bool valid_flow(std::span<const BpfInstruction> program) {
  constexpr std::uint16_t kAllWords = 0xffff;
  std::vector<std::uint16_t> stored(program.size(), kAllWords);  // by all ways found so far, before each instruction
  std::uint16_t now = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    now &= stored[at];
    const BpfInstruction& instruction = program[at];
    const std::size_t left = program.size() - at - 1;
    const auto reach = [&](std::uint32_t distance) {
      if (distance >= left) return false;
      stored[at + 1 + distance] &= now;
      return true;
    };
    const auto word = static_cast<std::uint16_t>(1u << (instruction.k % kScratchWords));
    switch (instruction.code & kClassMask) {
      case kStore: case kStoreIndex: now |= word; break;
      case kLoad: case kLoadIndex:
        if ((instruction.code & ~kClassMask) == kMemory && (now & word) == 0) return false;
        break;
      case kJump:
        if (instruction.code == kJump) {
          if (!reach(instruction.k)) return false;
        } else if (!reach(instruction.jump_true) || !reach(instruction.jump_false)) {
          return false;
        }
        now = kAllWords;  // nothing comes here from above
        break;
      case kReturn: now = kAllWords; break;
      default: break;
    }
  }
  return (program.back().code & kClassMask) == kReturn;
}

}  // namespace

Result<BpfProgram> BpfProgram::check(std::vector<BpfInstruction> instructions) {
  if (instructions.empty() || instructions.size() > kMostInstructions) return fail(Errno::einval);
  for (const BpfInstruction& instruction : instructions)
    if (!valid_code(instruction)) return fail(Errno::einval);
  if (!valid_flow(instructions)) return fail(Errno::einval);
  return BpfProgram(std::move(instructions));
}

std::uint32_t BpfProgram::run(const BpfInput& input) const {
  std::uint32_t a = 0, x = 0;
  std::array<std::uint32_t, kScratchWords> scratch{};
  for (std::size_t at = 0; at < instructions_.size(); ++at) {
    const BpfInstruction& instruction = instructions_[at];
    const std::uint32_t k = instruction.k;
    const std::uint16_t code = instruction.code, rest = code & ~kClassMask;
    const std::uint32_t operand = (code & kByX) != 0 ? x : k;
    switch (code & kClassMask) {
      case kLoad:
        a = rest == kAbsolute ? input[k / 4] : rest == kMemory ? scratch[k] : rest == kLength ? kInputBytes : k;
        break;
      case kLoadIndex: x = rest == kMemory ? scratch[k] : rest == kLength ? kInputBytes : k; break;
      case kStore: scratch[k] = a; break;
      case kStoreIndex: scratch[k] = x; break;
      case kArithmetic:
        switch (rest & ~kByX) {
          case kAdd: a += operand; break;
          case kSub: a -= operand; break;
          case kMul: a *= operand; break;
          case kDiv:
            if (operand == 0) return 0;
            a /= operand;
            break;
          case kOr: a |= operand; break;
          case kAnd: a &= operand; break;
          case kXor: a ^= operand; break;
          case kLeft: a <<= operand & 31; break;
          case kRight: a >>= operand & 31; break;
          default: a = 0 - a; break;
        }
        break;
      case kJump: {
        if (code == kJump) {
          at += k;
          break;
        }
        bool holds = false;
        switch (rest & ~kByX) {
          case kEqual: holds = a == operand; break;
          case kGreater: holds = a > operand; break;
          case kGreaterEqual: holds = a >= operand; break;
          default: holds = (a & operand) != 0; break;
        }
        at += holds ? instruction.jump_true : instruction.jump_false;
        break;
      }
      case kReturn: return rest == kReturnA ? a : k;
      default:
        if (rest == kToA) a = x;
        else x = a;
        break;
    }
  }
  return 0;  // not reached by a checked program
}

}  // namespace tessera::lx
