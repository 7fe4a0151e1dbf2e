// SPDX-License-Identifier: Apache-2.0
// Linux in QEMU: Debian's cloud kernel, and an initramfs with the benchmark's
// programs and busybox.
#pragma once

#include <string>

#include "tests/bench/debian.hpp"
#include "tests/bench/machine_side.hpp"

namespace tessera::bench {

class LinuxSide final : public Side {
 public:
  // PROGRAMS: the directory with the built guest programs. Writes the initramfs into CACHE.
  [[nodiscard]] static Result<LinuxFiles> prepare(const std::string& cache, const std::string& programs);
  // The same with kPackages, from the image builder's PACKAGE_CACHE.
  [[nodiscard]] static Result<void> prepare_packages(const std::string& cache, const std::string& package_cache,
                                                     const std::string& programs);
  LinuxSide(LinuxFiles files, std::string cache) : files_(std::move(files)), cache_(std::move(cache)) {}

  [[nodiscard]] System system() const override { return System::linux_kernel; }
  [[nodiscard]] Result<Ended> run(const GuestRun& run) const override;

 private:
  LinuxFiles files_;
  std::string cache_;
};

}  // namespace tessera::bench
