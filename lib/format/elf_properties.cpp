// SPDX-License-Identifier: Apache-2.0
#include "lib/format/elf_properties.hpp"

#include <array>
#include <optional>

namespace tessera::format {

Parsed<std::uint32_t> read_elf_features(std::span<const std::byte> note) {
  struct Note {
    std::uint32_t name_bytes, bytes, type;
    std::array<char, 4> name;
  };
  static_assert(sizeof(Note) == kLeastElfPropertyBytes);
  struct Property {
    std::uint32_t type, bytes;
  };
  constexpr std::array<char, 4> kName{'G', 'N', 'U', '\0'};
  constexpr std::uint32_t kPropertyNote = 5, kFeatures = 0xc000'0000;
  constexpr std::size_t kAlignment = 8;
  const auto header = read_at<Note>(note, 0);
  if (!header || header->name_bytes != kName.size() || header->name != kName || header->type != kPropertyNote)
    return bad("not a note of properties");
  const auto properties = part_of(note, sizeof(Note), header->bytes);
  if (!properties) return bad("a note of properties that is cut short");
  std::uint32_t features = 0;
  std::optional<std::uint32_t> last;  // they are in order, each once
  for (auto left = *properties; !left.empty();) {
    const auto property = read_at<Property>(left, 0);
    if (!property) return bad("a property that is cut short");
    left = left.subspan(sizeof(Property));
    const std::size_t room = (std::size_t{property->bytes} + kAlignment - 1) / kAlignment * kAlignment;
    if (room > left.size()) return bad("a property that is cut short");
    if (last && property->type <= *last) return bad("properties out of order");
    last = property->type;
    if (property->type == kFeatures) {
      const auto value = read_at<std::uint32_t>(left, 0);
      if (property->bytes != sizeof features || !value) return bad("a property of a strange size");
      features = *value;
    }
    left = left.subspan(room);
  }
  return features;
}

}  // namespace tessera::format
