// SPDX-License-Identifier: Apache-2.0
// What the processor calls the exceptions of programs: ESR_EL1's exception class (Arm ARM,
// D24.2.40). Those that the nucleus handles itself are not among them.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::rt::arch {

// `number`: first word of a fault's message, the exception class.
constexpr std::string_view exception_name(std::uint64_t number) {
  switch (number) {
    case 0x00: return "undefined instruction";
    case 0x01: return "WFI or WFE";
    case 0x07: return "floating point or SIMD, masked";
    case 0x0d: return "Branch Target";
    case 0x0e: return "illegal execution state";
    case 0x18: return "system register";
    case 0x1c: return "pointer authentication";
    case 0x20: return "instruction abort";
    case 0x22: return "PC alignment";
    case 0x24: return "data abort";
    case 0x26: return "SP alignment";
    case 0x2c: return "floating point";
    case 0x30: return "breakpoint";
    case 0x32: return "software step";
    case 0x34: return "watchpoint";
    case 0x3c: return "BRK instruction";
    default: return "unknown";
  }
}

}  // namespace tessera::rt::arch
