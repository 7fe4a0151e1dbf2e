// SPDX-License-Identifier: Apache-2.0
#include "tools/abigen/load_items.hpp"

#include <array>
#include <string>

#include "tools/abigen/unique.hpp"

namespace tessera::tools::abigen {

std::vector<Item> load_items(const toml::Reader& root, const char* section, const char* key, std::uint64_t most) {
  const std::array<std::string, 3> keys{"name", key, "doc"};
  std::vector<Item> items;
  Unique unique(section);
  for (const toml::Reader& reader : root.tables(section)) {
    reader.allow(keys, "[[" + std::string(section) + "]]");
    Item item{reader.string("name"), reader.number(key, most), reader.string("doc")};
    unique.name(reader, item.name);
    unique.number(reader, key, item.number);
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Constant> load_constants(const toml::Reader& root) {
  static const std::array<std::string, 4> keys{"name", "value", "text", "doc"};
  std::vector<Constant> constants;
  Unique unique("constant");
  for (const toml::Reader& reader : root.tables("constant")) {
    reader.allow(keys, "a constant");
    Constant constant{.name = reader.string("name"), .doc = reader.string("doc")};
    if (reader.has("text")) constant.text = reader.string("text");
    else constant.value = reader.number("value");
    if (constant.text.find_first_of("\"\\\n\t") != std::string::npos) reader.error(reader.where("text"), "a text has no quotes, backslashes and control characters");
    unique.name(reader, constant.name);
    constants.push_back(std::move(constant));
  }
  return constants;
}

}  // namespace tessera::tools::abigen
