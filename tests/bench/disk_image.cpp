// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/disk_image.hpp"

#include <unistd.h>

#include "tools/run/disk.hpp"
#include "tools/support/process.hpp"

namespace tessera::bench {
namespace {

constexpr const char* kFilesInMemory = "/dev/shm";

Result<void> run(const std::vector<std::string>& words) {
  const auto done = tools::run_program({words, ""});
  return done ? Result<void>() : std::unexpected(done.error());
}

}  // namespace

std::vector<std::string> emulator_words(const BenchDisk& disk) {
  std::vector<std::string> words = tools::run::disk_words({.file = disk.file}, 0, false);
  switch (disk.kind) {
    case DiskKind::virtio: break;
    case DiskKind::nvme: words.back() = "nvme,drive=disk0,serial=disk0"; break;
  }
  return words;
}

std::string tool_word(const BenchDisk& disk) {
  switch (disk.kind) {
    case DiskKind::virtio: return disk.file;
    case DiskKind::nvme: return disk.file + ",driver=nvme";
  }
  return disk.file;
}

Result<DiskImage> DiskImage::empty() {
  const bool in_memory = ::access(kFilesInMemory, W_OK) == 0;
  return DiskImage(TRY(tools::TemporaryDirectory::make(in_memory ? kFilesInMemory : "")));
}

Result<DiskImage> DiskImage::make() {
  DiskImage image = TRY(empty());
  // Nothing is left for a thread of Linux to make ready while rows are measured.
  TRY(run({"mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", image.file(), "256M"}));
  return image;
}

Result<DiskImage> DiskImage::copy() const {
  DiskImage image = TRY(empty());
  TRY(run({"cp", "--sparse=always", file_, image.file()}));
  return image;
}

}  // namespace tessera::bench
