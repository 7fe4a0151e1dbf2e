// SPDX-License-Identifier: Apache-2.0
// Pages, alignment, and the one place that turns a physical address into a
// pointer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "arch.hpp"
#include "kernel/support/address_types.hpp"

namespace tessera::nucleus {

inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr unsigned kPageBits = 12;

[[nodiscard]] constexpr bool aligned(std::uint64_t value, std::uint64_t power_of_two) {
  return (value & (power_of_two - 1)) == 0;
}
[[nodiscard]] constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t power_of_two) {
  return (value + power_of_two - 1) & ~(power_of_two - 1);
}

// RAM as the nucleus sees it: all of it is mapped at one offset.
template <typename T>
[[nodiscard]] inline T* direct(PhysAddr address) {
  return reinterpret_cast<T*>(address.value + arch::direct_map_offset());
}
[[nodiscard]] inline PhysAddr physical(const void* pointer) {
  return {reinterpret_cast<std::uint64_t>(pointer) - arch::direct_map_offset()};
}

#pragma clang unsafe_buffer_usage begin
template <typename T>
[[nodiscard]] inline std::span<T> direct_span(PhysAddr address, std::size_t count) {
  return {direct<T>(address), count};
}
#pragma clang unsafe_buffer_usage end

}  // namespace tessera::nucleus
