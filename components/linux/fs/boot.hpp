// SPDX-License-Identifier: Apache-2.0
// Puts the tree of names together at start: the root from the bundle or from a disk, /dev,
// /dev/pts, /dev/shm, /proc.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/fs/context.hpp"
#include "components/linux/fs/inode.hpp"

namespace tessera::lx {

// Once, before the first process. EINVAL: the index is not one. An empty index: an empty root.
Result<void> load_root(std::span<const std::byte> index);
// The same with a root that is there already. ENOENT: it lacks /dev, /proc, /sys or /tmp, and cannot be given them.
Result<void> use_root(Ref<Inode> root, std::string_view source, std::uint64_t flags);

// Root and working directory "/", umask 022, for the first process.
Ref<FsContext> initial_fs_context();

// Changes a context's working directory, as the manifest's `cwd` asks. ENOENT, ENOTDIR, ...
Result<void> set_working_directory(FsContext& context, std::string_view path);

// The root node of a new file system for mount(2), or of the one instance where there is one.
// ENODEV: unknown type. `options`: what mount's data says, "size=64k,mode=1777".
Result<Ref<PathNode>> file_system_root(std::string_view type, std::string_view options);

// Adds a device node to /dev, also before there is a root / finds one.
void add_device_node(std::string_view name, std::uint32_t mode, std::uint64_t major, std::uint64_t minor);
Result<Path> find_device_node(std::string_view name);

}  // namespace tessera::lx
