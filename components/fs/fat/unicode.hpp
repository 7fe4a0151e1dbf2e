// SPDX-License-Identifier: Apache-2.0
// Texts of FAT: UTF-16 in long names, code page 437 in short ones; UTF-8 for everybody else.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "components/fs/fat/text.hpp"

namespace tessera::fs::fat {

// Nothing: it is no UTF-16, or no UTF-8.
[[nodiscard]] std::optional<Text> to_utf8(std::span<const char16_t> units);
[[nodiscard]] std::optional<std::vector<char16_t>> to_utf16(std::string_view text);
// Adds a character of code page 437.
void add_437(Text& to, unsigned char character);

}  // namespace tessera::fs::fat
