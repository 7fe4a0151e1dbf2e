// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bench_machine.hpp"

#include <array>

namespace tessera::bench {
namespace {

const std::array<BenchMachine, 2>& machines() {
  // x86-64 without five-level paging, and without ERMS, whose `rep` QEMU counts by the
  // iteration; AArch64 as a server's processor that both systems know.
  static const std::array<BenchMachine, 2> all{{{.arch = "x86_64",
                                                 .root = tools::image::kX86_64,
                                                 .emulator = "qemu-system-x86_64",
                                                 .board = {"-M", "q35", "-accel", "tcg"},
                                                 .processor = "max,la57=off,erms=off",
                                                 .console = "ttyS0",
                                                 .kernel_package = "linux-image-cloud-amd64"},
                                                {.arch = "aarch64",
                                                 .root = tools::image::kAarch64,
                                                 .emulator = "qemu-system-aarch64",
                                                 .board = {"-M", "virt,gic-version=3", "-accel", "tcg"},
                                                 .processor = "neoverse-n1",
                                                 .console = "ttyAMA0",
                                                 .kernel_package = "linux-image-cloud-arm64"}}};
  return all;
}

}  // namespace

const BenchMachine* machine_of(std::string_view arch) {
  for (const BenchMachine& machine : machines())
    if (machine.arch == arch) return &machine;
  return nullptr;
}

const BenchMachine& usual_machine() { return machines().front(); }

}  // namespace tessera::bench
