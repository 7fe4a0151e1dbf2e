// SPDX-License-Identifier: Apache-2.0
// The functions that the compiler calls by itself.
#include "copy.hpp"

#include <cstddef>
#include <cstdint>

#pragma clang unsafe_buffer_usage begin
extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, std::size_t bytes) {
  tessera::nucleus::arch::copy_forward(to, from, bytes);
  return to;
}

void* memmove(void* to, const void* from, std::size_t bytes) {
  auto* target = static_cast<unsigned char*>(to);
  const auto* source = static_cast<const unsigned char*>(from);
  if (target <= source || target >= source + bytes) return memcpy(to, from, bytes);
  while (bytes > 0) {
    --bytes;
    target[bytes] = source[bytes];
    asm volatile("" ::: "memory");  // keeps the loop a loop, not a call of memmove
  }
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  tessera::nucleus::arch::fill(to, value, bytes);
  return to;
}

int memcmp(const void* a, const void* b, std::size_t bytes) {
  const auto* first = static_cast<const unsigned char*>(a);
  const auto* second = static_cast<const unsigned char*>(b);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (first[i] != second[i]) return first[i] - second[i];
  }
  return 0;
}

std::size_t strlen(const char* text) {
  std::size_t bytes = 0;
  while (text[bytes] != '\0') ++bytes;
  return bytes;
}

void* memchr(const void* from, int value, std::size_t bytes) {
  const auto* start = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (start[i] == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(start + i);
  }
  return nullptr;
}
}
#pragma clang unsafe_buffer_usage end
