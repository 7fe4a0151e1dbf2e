// SPDX-License-Identifier: Apache-2.0
// Linux in QEMU: Debian's cloud kernel, and an initramfs with the benchmark's
// programs and busybox.
#pragma once

#include <string>

#include "tests/bench/debian.hpp"
#include "tests/bench/machine_side.hpp"
#include "tests/bench/paths.hpp"

namespace tessera::bench {

class LinuxSide final : public Side {
 public:
  // Writes the initramfs with the built guest programs into the cache.
  [[nodiscard]] static Result<LinuxFiles> prepare(const TesseraPaths& paths);
  // The same with what a machine with a disk needs.
  [[nodiscard]] static Result<void> prepare_storage(const LinuxFiles& files, const TesseraPaths& paths);
  // The same with kPackages.
  [[nodiscard]] static Result<void> prepare_packages(const TesseraPaths& paths);
  LinuxSide(LinuxFiles files, const TesseraPaths& paths) : files_(std::move(files)), paths_(paths) {}

  [[nodiscard]] System system() const override { return System::linux_kernel; }
  [[nodiscard]] Result<Ended> run(const GuestRun& run) const override;

 private:
  LinuxFiles files_;
  TesseraPaths paths_;
};

}  // namespace tessera::bench
