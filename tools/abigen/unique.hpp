// SPDX-License-Identifier: Apache-2.0
// Finds names and numbers that are used twice, and names that no language accepts.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tools/toml/reader.hpp"

namespace tessera::tools::abigen {

// snake_case: a letter, then letters, digits and single underscores.
[[nodiscard]] inline bool good_name(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z' || name.back() == '_') return false;
  char before = '\0';
  for (const char character : name) {
    const bool plain = (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
    if (!plain && (character != '_' || before == '_')) return false;
    before = character;
  }
  return true;
}

class Unique {
 public:
  // WHAT names the things in messages: "error", "method of untyped".
  explicit Unique(std::string what) : what_(std::move(what)) {}

  void name(const toml::Reader& reader, const std::string& name) {
    if (name.empty()) return;  // noted as missing
    const Location where = reader.where("name");
    if (!good_name(name)) {
      reader.error(where, "'" + name + "' is not a good name: write small letters, digits and single underscores");
    }
    if (const auto [at, fresh] = names_.try_emplace(name, where.line); !fresh) {
      reader.error(where, "the " + what_ + " '" + name + "' is defined already, in line " + std::to_string(at->second));
    }
  }

  void number(const toml::Reader& reader, const char* key, std::uint64_t number) {
    if (!reader.has(key)) return;  // noted as missing
    const Location where = reader.where(key);
    if (const auto [at, fresh] = numbers_.try_emplace(number, where.line); !fresh) {
      reader.error(where, "the " + what_ + " " + key + " " + std::to_string(number) + " is used already, in line " +
                              std::to_string(at->second));
    }
  }

 private:
  std::string what_;
  std::map<std::string, std::size_t> names_;
  std::map<std::uint64_t, std::size_t> numbers_;
};

}  // namespace tessera::tools::abigen
