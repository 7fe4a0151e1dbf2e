// SPDX-License-Identifier: Apache-2.0
// Parser for the part of TOML 1.0 that the project uses: tables, arrays of
// tables (dotted too), basic and literal strings of one line, integers (decimal,
// 0x, 0o, 0b, with underscores), booleans, arrays over several lines, inline
// tables, dotted keys, comments. Floats, dates and multi-line strings are
// refused by name.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tools/support/diagnostic.hpp"
#include "tools/toml/value.hpp"

namespace tessera::tools::toml {

// FILE only names the text in messages.
[[nodiscard]] std::expected<Table, Diagnostic> parse(std::string_view text, const std::string& file);

}  // namespace tessera::tools::toml
