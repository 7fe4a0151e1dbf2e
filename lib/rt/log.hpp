// SPDX-License-Identifier: Apache-2.0
// Lines for the nucleus' log, through the component's Log capability. Without one
// they are dropped. A line is at most 447 bytes; the rest is cut.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/rt/format.hpp"

namespace tessera::rt {

inline constexpr std::size_t kLogBytes = 448;

// Names the Log capability. Called once at start-up.
void set_log(std::uint64_t log);

// Writes one line; the line feed is added.
void log_line(std::string_view text);

template <typename... Args>
void log(FormatString<Args...> format, const Args&... args) {
  std::array<char, kLogBytes> buffer;
  log_line(format_to(buffer, format, args...));
}

// Puts text into the calling thread's message page (words 8 and up); how much fitted.
std::size_t put_message_text(std::string_view text);

}  // namespace tessera::rt
