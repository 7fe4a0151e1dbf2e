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
  static const std::array<std::string, 3> keys{"name", "value", "doc"};
  std::vector<Constant> constants;
  Unique unique("constant");
  for (const toml::Reader& reader : root.tables("constant")) {
    reader.allow(keys, "a constant");
    Constant constant{reader.string("name"), reader.number("value"), reader.string("doc")};
    unique.name(reader, constant.name);
    constants.push_back(std::move(constant));
  }
  return constants;
}

}  // namespace tessera::tools::abigen
