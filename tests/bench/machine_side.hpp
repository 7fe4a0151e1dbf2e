// SPDX-License-Identifier: Apache-2.0
// What the two systems have in common for the harness: run a program of the guest,
// get its output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/bench/child.hpp"
#include "tests/bench/disk_image.hpp"
#include "tests/bench/results.hpp"

namespace tessera::bench {

inline constexpr unsigned kMemoryMiB = 512;
// For the rows of programs: what is in the root, and memory for it. Linux holds the
// archive and what it unpacked from it.
inline const std::string kPackages = "bash,coreutils,git,gzip,python3,sqlite3,tar";
inline constexpr unsigned kPackageMemoryMiB = 1024;

struct GuestRun {
  std::vector<std::string> command;  // program and arguments
  bool icount = false;
  unsigned cpus = 1;
  bool packages = false;  // with kPackages in the root
  std::optional<BenchDisk> disk{};
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
