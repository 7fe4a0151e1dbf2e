// SPDX-License-Identifier: Apache-2.0
// Bundle reader (docs/formats.md, "Bundle"). Whatever the bytes are, it answers
// with entries that lie inside them or with an error. Contents are checked one by
// one by check_content(), so that who needs none of them does not pay.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lib/format/read.hpp"

namespace tessera::format {

enum class EntryKind : std::uint32_t { manifest = 1, component = 2, root_index = 3, root_data = 4, file = 5, signatures = 6 };

struct BundleEntry {
  std::array<char, 40> name_bytes{};
  EntryKind kind = EntryKind::file;
  std::uint64_t offset = 0;  // page-aligned, from the bundle's first byte
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;

  [[nodiscard]] std::string_view name() const;
};

class Bundle {
 public:
  // Checks the header, the entries' hash, and each entry: name, order, place.
  [[nodiscard]] static Parsed<Bundle> open(std::span<const std::byte> bytes);

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] BundleEntry entry(std::size_t index) const;
  [[nodiscard]] std::optional<BundleEntry> find(std::string_view name) const;
  [[nodiscard]] std::span<const std::byte> content(const BundleEntry& entry) const;
  // The content is what its hash says; always true for kind root_data.
  [[nodiscard]] bool check_content(const BundleEntry& entry) const;

 private:
  std::span<const std::byte> bytes_;
  std::size_t count_ = 0;
};

}  // namespace tessera::format
