// SPDX-License-Identifier: Apache-2.0
// What the sources of libsodium that are used call of its utils.c, the rest of which needs an operating system.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

extern "C" {

void sodium_memzero(void* memory, std::size_t bytes);
int sodium_memcmp(const void* one, const void* other, std::size_t bytes);
int sodium_is_zero(const unsigned char* bytes, std::size_t count);

}

#pragma clang unsafe_buffer_usage begin
static std::span<const unsigned char> bytes_of(const void* memory, std::size_t bytes) {
  return {static_cast<const unsigned char*>(memory), bytes};
}

// Not left out, however dead the memory is.
void sodium_memzero(void* memory, std::size_t bytes) {
  for (volatile unsigned char& one : std::span(static_cast<volatile unsigned char*>(memory), bytes)) one = 0;
}
#pragma clang unsafe_buffer_usage end

// 0: equal. In the same time whatever they hold.
int sodium_memcmp(const void* one, const void* other, std::size_t bytes) {
  const auto left = bytes_of(one, bytes), right = bytes_of(other, bytes);
  unsigned difference = 0;
  for (std::size_t i = 0; i < bytes; ++i) difference |= static_cast<unsigned>(left[i] ^ right[i]);
  return difference == 0 ? 0 : -1;
}

int sodium_is_zero(const unsigned char* bytes, std::size_t count) {
  unsigned any = 0;
  for (const unsigned char one : bytes_of(bytes, count)) any |= one;
  return any == 0 ? 1 : 0;
}
