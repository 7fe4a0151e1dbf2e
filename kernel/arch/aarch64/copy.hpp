// SPDX-License-Identifier: Apache-2.0
// Copies and fills: pairs of words where both ends are aligned, else by bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::nucleus::arch {

inline void copy_forward(void* to, const void* from, std::size_t bytes) {
  if (((reinterpret_cast<std::uint64_t>(to) | reinterpret_cast<std::uint64_t>(from)) & 7) == 0) {
    std::size_t words = bytes / 8;
    bytes %= 8;
    if (words != 0) {
      std::uint64_t word;
      asm volatile("1: ldr %2, [%1], #8; str %2, [%0], #8; subs %3, %3, #1; b.ne 1b"
                   : "+r"(to), "+r"(from), "=&r"(word), "+r"(words)::"memory", "cc");
    }
  }
  if (bytes == 0) return;
  std::uint32_t byte;
  asm volatile("1: ldrb %w2, [%1], #1; strb %w2, [%0], #1; subs %3, %3, #1; b.ne 1b"
               : "+r"(to), "+r"(from), "=&r"(byte), "+r"(bytes)::"memory", "cc");
}

inline void fill(void* to, int value, std::size_t bytes) {
  const std::uint64_t pattern = 0x0101010101010101 * static_cast<unsigned char>(value);
  if ((reinterpret_cast<std::uint64_t>(to) & 7) == 0) {
    std::size_t words = bytes / 8;
    bytes %= 8;
    if (words != 0) asm volatile("1: str %2, [%0], #8; subs %1, %1, #1; b.ne 1b" : "+r"(to), "+r"(words) : "r"(pattern) : "memory", "cc");
  }
  if (bytes != 0) asm volatile("1: strb %w2, [%0], #1; subs %1, %1, #1; b.ne 1b" : "+r"(to), "+r"(bytes) : "r"(pattern) : "memory", "cc");
}

}  // namespace tessera::nucleus::arch
