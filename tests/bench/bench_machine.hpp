// SPDX-License-Identifier: Apache-2.0
// The machine that both systems get: QEMU's options, and what differs by architecture
// around them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/image/machine.hpp"

namespace tessera::bench {

struct BenchMachine {
  std::string arch;  // as --arch takes it
  const tools::image::Machine& root;
  std::string emulator;
  std::vector<std::string> board;  // QEMU's options for it
  std::string processor;
  std::string console;         // of Linux, on the emulator's serial line
  std::string kernel_package;  // depends on the package with Debian's cloud kernel
};

// Null for an architecture that Tessera does not know.
[[nodiscard]] const BenchMachine* machine_of(std::string_view arch);
[[nodiscard]] const BenchMachine& usual_machine();  // without --arch

}  // namespace tessera::bench
