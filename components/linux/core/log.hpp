// SPDX-License-Identifier: Apache-2.0
// Lines for the system's log (never for the program's output).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::lx {

void log_line(std::string_view text);
std::string decimal(std::uint64_t value);
std::string hexadecimal(std::uint64_t value);  // with 0x

}  // namespace tessera::lx
