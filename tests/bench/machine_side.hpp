// SPDX-License-Identifier: Apache-2.0
// What the two systems have in common for the harness: run a program of the guest,
// get its output.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/child.hpp"
#include "tests/bench/results.hpp"

namespace tessera::bench {

// The machine that both systems get: no five-level paging, and no ERMS, whose
// `rep` QEMU counts by the iteration (shared/anchors.md).
inline const std::string kProcessor = "max,la57=off,erms=off";
inline constexpr unsigned kMemoryMiB = 512;

struct GuestRun {
  std::vector<std::string> command;  // program and arguments
  bool icount = false;
  unsigned memory_mib = kMemoryMiB;
  unsigned limit_seconds = 300;
  std::string marker{};  // see Request
};

class Side {
 public:
  virtual ~Side() = default;
  Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  [[nodiscard]] virtual System system() const = 0;
  // Ended::status is the program's.
  [[nodiscard]] virtual Result<Ended> run(const GuestRun& run) const = 0;
};

}  // namespace tessera::bench
