// SPDX-License-Identifier: Apache-2.0
// The command line of QEMU for a machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/run/options.hpp"

namespace tessera::tools::run {

struct Machine {
  std::string nucleus;  // --boot pvh
  std::string bundle;
  std::string medium;   // --boot bios, uefi: an ISO image, or a disk for AArch64
  // QEMU's character devices, without their ids: "socket,fd=5", "stdio".
  std::string log;
  std::string link;
  std::string monitor;  // "": none
  std::uint64_t bundle_bytes = 0;
  std::string control{};  // a character device, too; "": none
  std::string events{};   // a character device that hears of failures (events.hpp); "": the machine has no device for them
};

// The nucleus' command line: a debugger wants the nucleus where it is linked.
[[nodiscard]] inline std::string nucleus_command_line(const Options& options) { return options.gdb ? "nokaslr" : ""; }

// Fails when the user gave the machine less memory than the bundle takes.
[[nodiscard]] Result<void> memory_suffices(const Options& options, const Machine& machine);

[[nodiscard]] std::vector<std::string> qemu_command(const Options& options, const Machine& machine);

}  // namespace tessera::tools::run
