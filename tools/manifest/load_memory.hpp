// SPDX-License-Identifier: Apache-2.0
// Amounts of memory in a manifest.
#pragma once

#include <cstdint>
#include <string>

#include "tools/toml/reader.hpp"

namespace tessera::tools::manifest {

// The key `memory`: bytes in decimal, a multiple of 4K and at least `least`, or a share "N%" of 1 to 95 percent.
// `otherwise` when it is missing or wrong; `owner` names in the message whose it is.
[[nodiscard]] std::string load_memory(const toml::Reader& reader, const std::string& otherwise, std::uint64_t least,
                                      const std::string& owner);

// The key `memory` of a channel, or of what the message is to name: a power of two, 4K to 1G.
[[nodiscard]] std::uint64_t load_channel_memory(const toml::Reader& reader, const std::string& what = "a channel's size");

}  // namespace tessera::tools::manifest
