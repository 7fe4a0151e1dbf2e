// SPDX-License-Identifier: Apache-2.0
// String instructions: whole words first.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::nucleus::arch {

inline void copy_forward(void* to, const void* from, std::size_t bytes) {
  std::size_t words = bytes / 8;
  std::size_t rest = bytes % 8;
  asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest)::"memory");
}

inline void fill(void* to, int value, std::size_t bytes) {
  std::size_t words = bytes / 8;
  std::size_t rest = bytes % 8;
  const std::uint64_t pattern = 0x0101010101010101 * static_cast<unsigned char>(value);
  asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
  asm volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
}

}  // namespace tessera::nucleus::arch
