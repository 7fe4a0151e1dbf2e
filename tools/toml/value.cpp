// SPDX-License-Identifier: Apache-2.0
// Look-up in a parsed TOML document.
#include "tools/toml/value.hpp"

namespace tessera::tools::toml {

const Value* Table::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Entry* Table::find_entry(std::string_view key) {
  for (Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string_view Value::kind() const {
  if (string() != nullptr) return "a string";
  if (integer() != nullptr) return "an integer";
  if (boolean() != nullptr) return "a boolean";
  if (array() != nullptr) return "an array";
  return "a table";
}

}  // namespace tessera::tools::toml
