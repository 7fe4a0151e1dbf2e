// SPDX-License-Identifier: Apache-2.0
// Finds one entry in the bundle (docs/formats.md). The rest of the bundle is
// genesis' to check.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

namespace tessera::nucleus {

// The contents of an entry, its hash verified.
std::expected<std::span<const std::byte>, std::string_view> find_in_bundle(std::span<const std::byte> bundle,
                                                                           std::string_view name);

}  // namespace tessera::nucleus
