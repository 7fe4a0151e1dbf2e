// SPDX-License-Identifier: Apache-2.0
// Devices by number. What opens is decided by the node's device number,
// whichever file system the node is in.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

using DeviceOpen = Result<Ref<File>> (*)(Inode& node, std::uint32_t flags);

// Of a character device; of a block device.
void register_device(std::uint64_t major, std::uint64_t first_minor, std::uint64_t minors, DeviceOpen open);
void register_block_device(std::uint64_t major, std::uint64_t first_minor, std::uint64_t minors, DeviceOpen open);
// ENXIO when there is no such device.
Result<Ref<File>> open_device(Inode& node, std::uint32_t flags);

// null, zero, full, random, urandom, kmsg.
void register_memory_devices();

}  // namespace tessera::lx
