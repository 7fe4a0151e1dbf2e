// SPDX-License-Identifier: Apache-2.0
// The disk of a machine: an image in a file of the host's.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/storage.hpp"
#include "tools/support/temporary.hpp"

namespace tessera::bench {

using tools::Result;

// An image in a file, and what QEMU makes of it.
struct BenchDisk {
  std::string file;
  DiskKind kind = DiskKind::virtio;
};
// QEMU's words for it, as Linux gets it; what `./tessera run --disk` takes.
[[nodiscard]] std::vector<std::string> emulator_words(const BenchDisk& disk);
[[nodiscard]] std::string tool_word(const BenchDisk& disk);

// A fresh ext4 file system in a file in memory where the host has such files, so that no figure is the
// host's disk's; and copies of it.
class DiskImage {
 public:
  [[nodiscard]] static Result<DiskImage> make();
  [[nodiscard]] const std::string& file() const { return file_; }
  // For one run of a machine.
  [[nodiscard]] Result<DiskImage> copy() const;

 private:
  explicit DiskImage(tools::TemporaryDirectory directory)
      : directory_(std::move(directory)), file_(directory_.path() + "/disk") {}
  [[nodiscard]] static Result<DiskImage> empty();

  tools::TemporaryDirectory directory_;
  std::string file_;
};

}  // namespace tessera::bench
