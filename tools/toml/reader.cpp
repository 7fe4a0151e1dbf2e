// SPDX-License-Identifier: Apache-2.0
// Typed values out of a TOML table.
#include "tools/toml/reader.hpp"

#include <utility>

#include "tools/support/suggest.hpp"

namespace tessera::tools::toml {

Location Reader::where(std::string_view key) const {
  const Value* value = table_.find(key);
  return value != nullptr ? value->where : where_;
}

void Reader::allow(std::span<const std::string> known, const std::string& owner) const {
  for (const Entry& entry : table_.entries) {
    bool found = false;
    for (const std::string& one : known) found = found || one == entry.key;
    if (!found) error(entry.where, owner + " has no key '" + entry.key + "'" + suggestion(entry.key, known));
  }
}

void Reader::wrong_type(std::string_view key, const Value& value, std::string_view wanted) const {
  error(value.where,
        "'" + std::string(key) + "' must be " + std::string(wanted) + ", but this is " + std::string(value.kind()));
}

std::string Reader::string(std::string_view key) const {
  if (!has(key)) error(where_, "'" + std::string(key) + "' is missing here: " + std::string(key) + " = \"...\"");
  return string_or(key, "");
}

std::string Reader::string_or(std::string_view key, std::string otherwise) const {
  const Value* value = table_.find(key);
  if (value == nullptr) return otherwise;
  if (const std::string* text = value->string()) return *text;
  wrong_type(key, *value, "a string");
  return otherwise;
}

std::uint64_t Reader::number(std::string_view key, std::uint64_t most) const {
  if (!has(key)) error(where_, "'" + std::string(key) + "' is missing here: " + std::string(key) + " = NUMBER");
  return number_or(key, 0, most);
}

std::uint64_t Reader::number_or(std::string_view key, std::uint64_t otherwise, std::uint64_t most) const {
  const Value* value = table_.find(key);
  if (value == nullptr) return otherwise;
  const Integer* number = value->integer();
  if (number == nullptr) {
    wrong_type(key, *value, "an integer");
    return otherwise;
  }
  if ((number->negative && number->magnitude != 0) || number->magnitude > most) {
    error(value->where, "'" + std::string(key) + "' must be between 0 and " + std::to_string(most));
    return otherwise;
  }
  return number->magnitude;
}

bool Reader::boolean_or(std::string_view key, bool otherwise) const {
  const Value* value = table_.find(key);
  if (value == nullptr) return otherwise;
  if (const bool* truth = value->boolean()) return *truth;
  wrong_type(key, *value, "true or false");
  return otherwise;
}

std::vector<Reader::Text> Reader::strings(std::string_view key) const {
  const Value* value = table_.find(key);
  if (value == nullptr) return {};
  const Array* array = value->array();
  if (array == nullptr) {
    wrong_type(key, *value, "an array of strings");
    return {};
  }
  std::vector<Text> texts;
  for (const Value& element : *array) {
    if (const std::string* text = element.string()) {
      texts.push_back({*text, element.where});
    } else {
      wrong_type(key, element, "an array of strings");
    }
  }
  return texts;
}

std::vector<Reader> Reader::tables(std::string_view key) const {
  const Value* value = table_.find(key);
  if (value == nullptr) return {};
  const Array* array = value->array();
  if (array == nullptr) {
    wrong_type(key, *value, "an array of tables");
    return {};
  }
  std::vector<Reader> readers;
  for (const Value& element : *array) {
    if (const Table* table = element.table()) {
      readers.emplace_back(*table, element.where, diagnostics_);
    } else {
      wrong_type(key, element, "an array of tables");
    }
  }
  return readers;
}

std::vector<Reader> Reader::table(std::string_view key) const {
  const Value* value = table_.find(key);
  if (value == nullptr) return {};
  if (const Table* table = value->table()) return {Reader(*table, value->where, diagnostics_)};
  wrong_type(key, *value, "a table");
  return {};
}

}  // namespace tessera::tools::toml
