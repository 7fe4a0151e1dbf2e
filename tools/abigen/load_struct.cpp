// SPDX-License-Identifier: Apache-2.0
// The structs of an ABI: fields, offsets, sizes.
#include "tools/abigen/load_struct.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "tools/abigen/unique.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::abigen {
namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;

struct Layout {
  std::uint64_t size;
  std::uint64_t alignment;
  bool is_struct;
};

std::optional<Layout> layout_of(const std::string& type, const std::vector<Struct>& structs) {
  static const std::array<std::string, 4> words{"u8", "u16", "u32", "u64"};
  if (const auto at = std::ranges::find(words, type); at != words.end()) {
    const std::uint64_t size = std::uint64_t{1} << (at - words.begin());
    return Layout{size, size, false};
  }
  for (const Struct& one : structs) {
    if (one.name == type) return Layout{one.size, one.alignment, true};
  }
  return std::nullopt;
}

void unknown_type(const toml::Reader& reader, const std::string& type, const std::vector<Struct>& structs) {
  std::vector<std::string> known{"u8", "u16", "u32", "u64"};
  for (const Struct& one : structs) known.push_back(one.name);
  reader.error(reader.where("type"), "no type '" + type + "'" + suggestion(type, known) +
                                         "; a struct must stand above the one that uses it");
}

// Puts the field behind those that SHAPE has.
void add_field(const toml::Reader& reader, Struct& shape, const std::vector<Struct>& structs) {
  static const std::array<std::string, 4> keys{"name", "type", "count", "doc"};
  reader.allow(keys, "a field");
  Field field;
  field.name = reader.string("name");
  field.type = reader.string("type");
  field.count = reader.number_or("count", 0, kMostBytes);
  field.doc = reader.string_or("doc", "");
  field.offset = shape.size;
  if (reader.has("count") && field.count == 0) reader.error(reader.where("count"), "an array needs at least one element");
  const auto layout = layout_of(field.type, structs);
  if (!layout) {
    if (reader.has("type")) unknown_type(reader, field.type, structs);
    return;
  }
  if (const std::uint64_t over = field.offset % layout->alignment; over != 0) {
    reader.error(reader.where("name"), "'" + field.name + "' would lie at " + std::to_string(field.offset) +
                                           ", which is not aligned: put " + std::to_string(layout->alignment - over) +
                                           " bytes of reserved fields before it");
  }
  field.is_struct = layout->is_struct;
  shape.size += layout->size * std::max<std::uint64_t>(field.count, 1);
  shape.alignment = std::max(shape.alignment, layout->alignment);
  shape.fields.push_back(std::move(field));
}

void check_size(const toml::Reader& reader, Struct& shape) {
  if (reader.has("size")) {
    const std::uint64_t wanted = reader.number("size", kMostBytes);
    if (wanted < shape.size) {
      reader.error(reader.where("size"), "the fields take " + std::to_string(shape.size) + " bytes, more than size says");
      return;
    }
    shape.padding = wanted - shape.size;
    shape.size = wanted;
  }
  if (shape.size % shape.alignment != 0) {
    reader.error(reader.where("size"), "the size, " + std::to_string(shape.size) + " bytes, must be a multiple of " +
                                           std::to_string(shape.alignment) + ": add reserved fields");
  }
}

}  // namespace

std::vector<Struct> load_structs(const toml::Reader& root) {
  static const std::array<std::string, 4> keys{"name", "doc", "fields", "size"};
  std::vector<Struct> structs;
  Unique unique("struct");
  for (const toml::Reader& reader : root.tables("struct")) {
    reader.allow(keys, "a struct");
    Struct shape;
    shape.name = reader.string("name");
    shape.doc = reader.string("doc");
    unique.name(reader, shape.name);
    Unique unique_field("field of " + shape.name);
    const auto fields = reader.tables("fields");
    if (fields.empty()) reader.error(reader.where(), "a struct needs fields = [ { name = ..., type = ... } ]");
    for (const toml::Reader& field : fields) {
      unique_field.name(field, field.string_or("name", ""));
      add_field(field, shape, structs);
    }
    check_size(reader, shape);
    structs.push_back(std::move(shape));
  }
  return structs;
}

}  // namespace tessera::tools::abigen
