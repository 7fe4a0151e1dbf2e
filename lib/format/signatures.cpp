// SPDX-License-Identifier: Apache-2.0
#include "lib/format/signatures.hpp"

#include <algorithm>

#include "lib/format/read.hpp"

namespace tessera::format {

namespace {

struct Row {
  std::array<char, 40> name;  // zero-padded
  std::array<std::uint8_t, 64> signature;
};
static_assert(sizeof(Row) == 104);

}  // namespace

std::optional<std::array<std::uint8_t, 64>> find_signature(std::span<const std::byte> table, std::string_view name) {
  for (std::size_t offset = 0; const auto row = read_at<Row>(table, offset); offset += sizeof(Row)) {
    const auto end = std::ranges::find(row->name, '\0');
    if (std::string_view(row->name.data(), static_cast<std::size_t>(end - row->name.begin())) == name) return row->signature;
  }
  return std::nullopt;
}

}  // namespace tessera::format
