// SPDX-License-Identifier: Apache-2.0
// The boot module: manifest, components and root file system in one file
// (docs/formats.md, "Bundle").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::tools::image {

enum class EntryKind : std::uint32_t { manifest = 1, component = 2, root_index = 3, root_data = 4, file = 5 };

struct BundleEntry {
  std::string name;  // at most 39 bytes
  EntryKind kind = EntryKind::file;
  std::string content;
};

// Sorts the entries by name; fails when a name is too long or is there twice.
[[nodiscard]] Result<std::string> write_bundle(std::vector<BundleEntry> entries);

}  // namespace tessera::tools::image
