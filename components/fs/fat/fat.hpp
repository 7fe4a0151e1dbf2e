// SPDX-License-Identifier: Apache-2.0
// FAT12, FAT16 and FAT32 on a block device: what a client of this folder needs.
#pragma once

#include <memory>

#include "components/fs/fat/boot_sector.hpp"
#include "components/fs/fat/text.hpp"
#include "components/fs/file_system.hpp"

namespace tessera::fs::fat {

struct MountOptions {
  bool read_only = false;
};

struct Mounted {
  std::unique_ptr<FileSystem> files;
  Text label;
  std::uint32_t serial = 0;
};

// The device must outlive the file system. Its memory() is used from beginning to end: 64 KiB at least; 1 MiB
// serves well. Tasks that are under way in it must not be cancelled.
rt::Task<std::expected<Mounted, MountFailure>> mount(BlockDevice& device, MountOptions options);

// Whether there is a FAT.
Io<bool> probe(BlockDevice& device);

}  // namespace tessera::fs::fat
