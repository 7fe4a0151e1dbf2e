// SPDX-License-Identifier: Apache-2.0
// Strings, keys and numbers of TOML.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "tools/toml/cursor.hpp"
#include "tools/toml/value.hpp"

namespace tessera::tools::toml {

// What is wrong and where; the parser adds the file.
struct Problem {
  Location where;
  std::string message;
};

template <typename T>
using Parsed = std::expected<T, Problem>;

[[nodiscard]] inline std::unexpected<Problem> problem(Location where, std::string message) {
  return std::unexpected(Problem{where, std::move(message)});
}

struct Key {
  std::string name;
  Location where;
};

[[nodiscard]] Parsed<std::string> scan_string(Cursor& cursor);
[[nodiscard]] Parsed<std::vector<Key>> scan_dotted_key(Cursor& cursor);
[[nodiscard]] Parsed<Integer> scan_integer(Cursor& cursor);

}  // namespace tessera::tools::toml
