// SPDX-License-Identifier: Apache-2.0
// hash64 of docs/formats.md: finds damage, not malice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::format {

[[nodiscard]] std::uint64_t hash64(std::span<const std::byte> bytes);

}  // namespace tessera::format
