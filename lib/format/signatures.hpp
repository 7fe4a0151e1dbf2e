// SPDX-License-Identifier: Apache-2.0
// Reader of the bundle's entry `signatures` (docs/formats.md): one row for each program that is signed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tessera::format {

// Of the program with this name; none: it has none.
[[nodiscard]] std::optional<std::array<std::uint8_t, 64>> find_signature(std::span<const std::byte> table, std::string_view name);

}  // namespace tessera::format
