// SPDX-License-Identifier: Apache-2.0
// A parsed TOML document: values that remember where they were written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/support/diagnostic.hpp"

namespace tessera::tools::toml {

struct Integer {
  std::uint64_t magnitude = 0;  // the whole range of u64: addresses are written as they are
  bool negative = false;
};

struct Value;
struct Entry;
using Array = std::vector<Value>;

// Keys in the order of the file. Few enough that a search by eye is how one looks up.
struct Table {
  std::vector<Entry> entries;
  bool by_header = false;  // [name]: may not be opened a second time
  bool closed = false;     // { inline }: may not be added to

  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] Entry* find_entry(std::string_view key);
};

struct Value {
  Location where;
  std::variant<std::string, Integer, bool, Array, Table> data;
  bool by_header = false;  // an array made of [[name]] headers

  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&data); }
  [[nodiscard]] const Integer* integer() const { return std::get_if<Integer>(&data); }
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&data); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&data); }
  [[nodiscard]] const Table* table() const { return std::get_if<Table>(&data); }
  [[nodiscard]] std::string_view kind() const;  // "a string", "an integer", ...
};

struct Entry {
  std::string key;
  Location where;
  Value value;
};

}  // namespace tessera::tools::toml
