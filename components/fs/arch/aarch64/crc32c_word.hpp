// SPDX-License-Identifier: Apache-2.0
// A step of CRC-32C over eight bytes, by the processor (Arm ARM, CRC32CX): where it has processor_crc32c.
#pragma once

#include <cstdint>

namespace tessera::fs::arch {

inline std::uint32_t crc32c_word(std::uint32_t seed, std::uint64_t word) {
  std::uint64_t crc = seed;
  asm(".arch_extension crc\n\tcrc32cx %w0, %w0, %1" : "+r"(crc) : "r"(word));
  return static_cast<std::uint32_t>(crc);
}

}  // namespace tessera::fs::arch
