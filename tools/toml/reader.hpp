// SPDX-License-Identifier: Apache-2.0
// Takes typed values out of a TOML table. A missing or wrong value is noted in
// the Diagnostics and replaced by a default, so that the caller goes on and the
// user sees all mistakes at once.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/diagnostic.hpp"
#include "tools/toml/value.hpp"

namespace tessera::tools::toml {

class Reader {
 public:
  // WHERE is where the table begins: for values that it lacks.
  Reader(const Table& table, Location where, Diagnostics& diagnostics)
      : table_(table), where_(where), diagnostics_(diagnostics) {}

  [[nodiscard]] bool has(std::string_view key) const { return table_.find(key) != nullptr; }
  [[nodiscard]] const Value* find(std::string_view key) const { return table_.find(key); }
  [[nodiscard]] Location where() const { return where_; }
  // Where the value of KEY is, or where the table begins.
  [[nodiscard]] Location where(std::string_view key) const;

  // Notes each key that is not in KNOWN. OWNER names the table in the message.
  void allow(std::span<const std::string> known, const std::string& owner) const;

  // The value of KEY; noted as an error if it is missing or of another type.
  [[nodiscard]] std::string string(std::string_view key) const;
  [[nodiscard]] std::uint64_t number(std::string_view key,
                                     std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;

  // The same, with a default for a missing value.
  [[nodiscard]] std::string string_or(std::string_view key, std::string otherwise) const;
  [[nodiscard]] std::uint64_t number_or(std::string_view key, std::uint64_t otherwise,
                                        std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;
  [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise) const;

  struct Text {
    std::string text;
    Location where;
  };
  // An array of strings; empty when missing.
  [[nodiscard]] std::vector<Text> strings(std::string_view key) const;
  // An array of tables, by [[headers]] or inline; empty when missing.
  [[nodiscard]] std::vector<Reader> tables(std::string_view key) const;
  // A table, or nothing when missing.
  [[nodiscard]] std::vector<Reader> table(std::string_view key) const;

  [[nodiscard]] const Table& raw() const { return table_; }
  void error(Location where, std::string message) const { diagnostics_.add(where, std::move(message)); }

 private:
  void wrong_type(std::string_view key, const Value& value, std::string_view wanted) const;

  const Table& table_;
  Location where_;
  Diagnostics& diagnostics_;
};

}  // namespace tessera::tools::toml
