// SPDX-License-Identifier: Apache-2.0
// The kinds of machine that a root file system can be for.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string_view>

namespace tessera::tools::image {

struct Machine {
  std::string_view name;       // as messages call it
  std::string_view debian;     // dpkg's name
  std::uint16_t elf = 0;       // e_machine
  std::string_view libraries;  // the directory of libraries below /usr/lib
};

inline constexpr Machine kX86_64{.name = "x86-64", .debian = "amd64", .elf = EM_X86_64, .libraries = "x86_64-linux-gnu"};
inline constexpr Machine kAarch64{.name = "AArch64", .debian = "arm64", .elf = EM_AARCH64, .libraries = "aarch64-linux-gnu"};
// The one this tool runs on: its programs can be run here, its packages are apt's usual ones.
inline constexpr const Machine& kHost = kX86_64;

}  // namespace tessera::tools::image
