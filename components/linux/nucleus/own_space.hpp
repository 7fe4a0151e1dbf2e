// SPDX-License-Identifier: Apache-2.0
// Mapping frames into the personality's own half: for the heap and for carriers.
#pragma once

#include <cstdint>
#include <span>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/frames.hpp"

namespace tessera::lx {

// Windows of the component's area, above the pool's.
inline constexpr std::uint64_t kHeapWindow = 0xffff'8060'0000'0000;
inline constexpr std::uint64_t kHeapWindowEnd = 0xffff'8070'0000'0000;
inline constexpr std::uint64_t kCarrierWindow = 0xffff'8070'0000'0000;
inline constexpr std::uint64_t kCarrierWindowEnd = 0xffff'807f'0000'0000;

// Maps the frames one behind the other, readable and writable. Adds table memory
// as needed. Does not allocate from the heap. ENOMEM.
Result<void> map_own(std::uint64_t address, std::span<const Frame> frames);

}  // namespace tessera::lx
