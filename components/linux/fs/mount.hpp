// SPDX-License-Identifier: Apache-2.0
// The mounts of the (one) mount namespace.
#pragma once

#include <string_view>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kMountReadOnly = 1, kMountNoSuid = 2, kMountNoDev = 4, kMountNoExec = 8,
                               kMountNoAccessTime = 1024, kMountRelativeTime = 1 << 21;

class MountTable {
 public:
  // The namespace's root; once.
  Ref<Mount> mount_root(Ref<Inode> root, std::string_view source);
  Result<void> mount(const Path& point, Ref<PathNode> root, std::string_view source, std::uint64_t flags);
  // EBUSY while something uses it, unless `lazy`. EINVAL where nothing is mounted.
  Result<void> unmount(const Path& root, bool lazy);
  // The mount on top of this node, or null.
  [[nodiscard]] Mount* at(const Mount& mount, const PathNode& node) const;
  [[nodiscard]] const std::vector<Ref<Mount>>& all() const { return mounts_; }

 private:
  std::vector<Ref<Mount>> mounts_;
};

MountTable& mount_table();

// EROFS where the mount is read-only.
Result<void> check_writable(const Path& path);

}  // namespace tessera::lx
