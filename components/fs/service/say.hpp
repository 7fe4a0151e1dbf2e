// SPDX-License-Identifier: Apache-2.0
// Lines for the log; where they go is the program's.
#pragma once

#include <array>
#include <string_view>

#include "lib/rt/format.hpp"

namespace tessera::fs {

void say_line(std::string_view line);

template <typename... Args>
void say(rt::FormatString<Args...> format, const Args&... args) {
  std::array<char, 256> text;
  say_line(rt::format_to(text, format, args...));
}

}  // namespace tessera::fs
