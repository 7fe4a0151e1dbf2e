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
  LinuxSide(LinuxFiles files, std::string initramfs) : files_(std::move(files)), initramfs_(std::move(initramfs)) {}

  [[nodiscard]] System system() const override { return System::linux_kernel; }
  [[nodiscard]] Result<Ended> run(const GuestRun& run) const override;

  [[nodiscard]] static std::string initramfs_path(const std::string& cache) { return cache + "/initramfs.cpio"; }

 private:
  LinuxFiles files_;
  std::string initramfs_;
};

}  // namespace tessera::bench
