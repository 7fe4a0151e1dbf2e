// SPDX-License-Identifier: Apache-2.0
// ext4 on a block device: what a client of this folder needs.
#pragma once

#include <memory>

#include "components/fs/ext4/superblock.hpp"
#include "components/fs/file_system.hpp"

namespace tessera::fs::ext4 {

struct MountOptions {
  // Nothing is written, except for a journal that has to be replayed first.
  bool read_only = false;
  // Files without names are freed. False: they stay until they are let go, for clients that have them open
  // across a restart.
  bool clear_orphans = true;
};

// The device must outlive the file system. Its memory() is used from beginning to end: at least 96 blocks;
// 1 to 4 MiB serve well. Tasks that are under way in it must not be cancelled.
rt::Task<std::expected<std::unique_ptr<FileSystem>, MountFailure>> mount(BlockDevice& device, MountOptions options);

struct Identity {
  std::array<std::byte, 16> uuid{};
  std::array<char, 16> label{};  // ends with 0, or with the array
};
// Whether there is an ext2, ext3 or ext4; error `invalid`: there is none.
Io<Identity> probe(BlockDevice& device);

}  // namespace tessera::fs::ext4
