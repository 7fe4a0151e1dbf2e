// SPDX-License-Identifier: Apache-2.0
// What an ELF file asks the dynamic linker for. The bytes may be anything: all is
// checked. System V ABI, "Dynamic Linking".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/image/machine.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::image {

struct Dynamic {
  std::string interpreter{};           // PT_INTERP; "" when there is none
  std::vector<std::string> needed{};   // DT_NEEDED, in order
  std::string library_path{};          // DT_RUNPATH, else DT_RPATH: "$ORIGIN/../lib:/opt/lib"
};

// Whether a file begins as an ELF file does.
[[nodiscard]] inline bool is_elf(std::string_view file) { return file.starts_with("\x7f" "ELF"); }

// Fails for a file that is not an ELF program or library of MACHINE, or is damaged.
[[nodiscard]] Result<Dynamic> read_dynamic(std::string_view file, const Machine& machine = kHost);

}  // namespace tessera::tools::image
