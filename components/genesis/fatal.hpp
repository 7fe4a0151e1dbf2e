// SPDX-License-Identifier: Apache-2.0
// The end of the machine.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/rt/log.hpp"

namespace tessera::genesis {

inline constexpr std::uint64_t kFatalStatus = 125;

[[noreturn]] void power_off(std::uint64_t status);
// Who wants to know is told (failure.hpp), one log line, then power_off(kFatalStatus).
[[noreturn]] void fatal_line(std::string_view text);

template <typename... Args>
[[noreturn]] void fatal(rt::FormatString<Args...> format, const Args&... args) {
  std::array<char, 320> buffer;
  fatal_line(rt::format_to(buffer, format, args...));
}

}  // namespace tessera::genesis
