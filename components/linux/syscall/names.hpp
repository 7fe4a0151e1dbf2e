// SPDX-License-Identifier: Apache-2.0
// Names of Linux' system calls, for the log.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::lx {

// Empty for a number that Linux does not have.
std::string_view system_call_name(std::uint64_t number);

}  // namespace tessera::lx
