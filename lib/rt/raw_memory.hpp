// SPDX-License-Identifier: Apache-2.0
// The one place where an address and a length become a span. Whoever calls it
// says why the range is mapped and of that type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::rt {

#pragma clang unsafe_buffer_usage begin
template <typename T>
[[nodiscard]] inline std::span<T> span_at(std::uint64_t address, std::size_t count) {
  return std::span<T>(reinterpret_cast<T*>(address), count);
}
#pragma clang unsafe_buffer_usage end

[[nodiscard]] inline std::span<std::byte> bytes_at(std::uint64_t address, std::size_t bytes) {
  return span_at<std::byte>(address, bytes);
}

template <typename T>
[[nodiscard]] inline T& object_at(std::uint64_t address) {
  return *reinterpret_cast<T*>(address);
}

template <typename T>
[[nodiscard]] inline std::uint64_t address_of(const T* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

}  // namespace tessera::rt
