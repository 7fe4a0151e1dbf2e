// SPDX-License-Identifier: Apache-2.0
// What the processor calls the exceptions of programs (Intel SDM 3, 6.15). Those that the nucleus
// handles itself are not among them.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::rt::arch {

// `number`: first word of a fault's message, the vector.
constexpr std::string_view exception_name(std::uint64_t number) {
  switch (number) {
    case 0: return "divide error";
    case 1: return "debug";
    case 3: return "breakpoint";
    case 4: return "overflow";
    case 5: return "bound range";
    case 6: return "invalid opcode";
    case 7: return "device not available";
    case 10: return "invalid TSS";
    case 11: return "segment not present";
    case 12: return "stack fault";
    case 13: return "general protection";
    case 14: return "page fault";
    case 16: return "x87 floating point";
    case 17: return "alignment check";
    case 19: return "SIMD floating point";
    case 21: return "control protection";
    default: return "unknown";
  }
}

}  // namespace tessera::rt::arch
