// SPDX-License-Identifier: Apache-2.0
// The mounts of a mount namespace. Namespaces have mounts of their own: nothing
// that is mounted in one shows in another (no propagation).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

inline constexpr std::uint64_t kMountReadOnly = 1, kMountNoSuid = 2, kMountNoDev = 4, kMountNoExec = 8,
                               kMountNoAccessTime = 1024, kMountRelativeTime = 1 << 21;

class MountTable final : public RefCounted {
 public:
  MountTable();
  ~MountTable() override;

  // The namespace's root; once.
  Ref<Mount> mount_root(Ref<Inode> root, std::string_view source);
  Result<void> mount(const Path& point, Ref<PathNode> root, std::string_view source, std::uint64_t flags);
  // What is at `from`, also at `point`; with `recursive` what is mounted below it, too.
  Result<void> bind(const Path& point, const Path& from, bool recursive);
  // A mount to another place. EINVAL where `from` is none, ELOOP where `to` lies in it.
  Result<void> move(const Path& from, const Path& to);
  // pivot_root(2): the mount at `new_root` comes in the place of the one at `root`, which goes to `put_old`.
  Result<void> pivot(const Path& root, const Path& new_root, const Path& put_old);
  // EBUSY while something uses it, unless `lazy`: then all below it goes too. EINVAL where nothing is mounted.
  Result<void> unmount(const Path& root, bool lazy);
  // The mount on top of this node, or null.
  [[nodiscard]] Mount* at(const Mount& mount, const PathNode& node) const;
  [[nodiscard]] const std::vector<Ref<Mount>>& all() const { return mounts_; }
  // Another namespace with the same mounts; `paths` then lead to the same places there.
  [[nodiscard]] Ref<MountTable> copy(std::span<Path* const> paths) const;
  [[nodiscard]] Path root() const;
  [[nodiscard]] std::uint64_t number() const { return number_; }  // as /proc/PID/ns tells it

 private:
  [[nodiscard]] bool holds(const Path& path) const { return path.mount && path.mount->table == this; }
  Ref<Mount> add(const Path& point, Ref<PathNode> root, std::string_view source, std::uint64_t flags);
  std::vector<Ref<Mount>> mounts_;
  std::uint64_t number_;
};

// That of the first process.
MountTable& initial_mounts();
// Numbers that /proc/PID/ns tells namespaces apart by.
std::uint64_t next_namespace_number();

// EROFS where the mount is read-only.
Result<void> check_writable(const Path& path);

}  // namespace tessera::lx
