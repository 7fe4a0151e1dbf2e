// SPDX-License-Identifier: Apache-2.0
// The boot module: manifest, components and root file system in one file
// (docs/formats.md, "Bundle").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/image/content.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::image {

enum class EntryKind : std::uint32_t { manifest = 1, component = 2, root_index = 3, root_data = 4, file = 5, signatures = 6 };

struct BundleEntry {
  std::string name;  // at most 39 bytes
  EntryKind kind = EntryKind::file;
  std::string content;
  std::vector<Content> files{};  // of kind root_data, instead: each from a page on
};

// A bundle as the pieces that it is written from, each from a page on, with zeros
// up to the next. The large ones stay where they are until then.
struct Bundle {
  std::vector<Content> pieces;
  std::uint64_t bytes = 0;
};

// Sorts the entries by name; fails when a name is too long or is there twice.
[[nodiscard]] Result<Bundle> make_bundle(std::vector<BundleEntry> entries);

[[nodiscard]] Result<void> write_bundle(const Bundle& bundle, const std::string& file);

}  // namespace tessera::tools::image
