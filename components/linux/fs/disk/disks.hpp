// SPDX-License-Identifier: Apache-2.0
// The machine's disks: /dev/disk0, its parts /dev/disk0p1, and what is mounted of them.
#pragma once

#include <memory>
#include <string>

#include "components/linux/fs/disk/server.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

// The next disk, with its device nodes. Its server may start later.
void add_disk(std::unique_ptr<DiskServer> server);

// Of file systems on disks: "ext4" and its elders, "vfat" and "msdos"; "auto" is any of them.
bool is_disk_type(std::string_view type);
// The root of the file system on the device that this node stands for. `type`: one that is_disk_type().
// EBUSY: it is mounted in another way; EROFS: it can only be read; ENOTBLK, ENXIO, and what the server says.
Result<Ref<PathNode>> mount_disk(const Inode& device, std::string_view type, std::string_view options, bool read_only);

// The root from the first disk: from all of it, or the first of its parts that has a file system. `source`: the device's
// path. EROFS: it can only be read, and that was not asked for; ENXIO: there is no disk; ENODEV: nothing is on it.
Result<Ref<Inode>> root_of_first_disk(bool read_only, std::string& source);

// Writes back what is dirty; what fails is told to who asks for its file.
void write_back_disks();
// Before the machine ends: all is durable and marked as cleanly unmounted.
void close_disks();
[[nodiscard]] bool any_disks();
// Of /proc/partitions.
std::string partitions_text();

}  // namespace tessera::lx
