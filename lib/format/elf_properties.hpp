// SPDX-License-Identifier: Apache-2.0
// What a program says of itself in PT_GNU_PROPERTY: a note NT_GNU_PROPERTY_TYPE_0 (Linux Extensions to
// gABI, 2.1). A pure function over its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/format/read.hpp"

namespace tessera::format {

inline constexpr std::uint32_t kElfProperties = 0x6474e553;  // PT_GNU_PROPERTY
// Bits of GNU_PROPERTY_AARCH64_FEATURE_1_AND (ELF for the Arm 64-bit Architecture, 6.2.2).
inline constexpr std::uint32_t kElfLandingPads = 1;  // GNU_PROPERTY_AARCH64_FEATURE_1_BTI
inline constexpr std::size_t kLeastElfPropertyBytes = 16;  // a note without any

// The bits of GNU_PROPERTY_AARCH64_FEATURE_1_AND, 0 where the note has none.
[[nodiscard]] Parsed<std::uint32_t> read_elf_features(std::span<const std::byte> note);

}  // namespace tessera::format
