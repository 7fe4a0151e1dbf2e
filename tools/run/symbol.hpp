// SPDX-License-Identifier: Apache-2.0
// From an address to the function and line that it is in.
#pragma once

#include <cstdint>
#include <string>

#include "tools/run/paths.hpp"

namespace tessera::tools::run {

// Sentences such as "nucleus: idle() at kernel/sched/idle.cpp:12", one a line.
// Components are all linked at the same address: each that has code there is named.
[[nodiscard]] std::string describe_address(const Paths& paths, std::uint64_t address);

// The link address of what runs at ADDRESS in a nucleus linked from FIRST to
// END, which moved itself by a multiple of 2 MiB; 0 when it is not there.
[[nodiscard]] std::uint64_t without_slide(std::uint64_t address, std::uint64_t first, std::uint64_t end);

}  // namespace tessera::tools::run
