// SPDX-License-Identifier: Apache-2.0
// The mounts of the mount namespace.
#include "components/linux/fs/mount.hpp"

#include <algorithm>
#include <utility>

#include "components/linux/fs/node_cache.hpp"

namespace tessera::lx {

MountTable& mount_table() {
  static MountTable* table = new MountTable;
  return *table;
}

Ref<Mount> MountTable::mount_root(Ref<Inode> root, std::string_view source) {
  auto node = make_ref<PathNode>(nullptr, "/", std::move(root));
  auto mount = make_ref<Mount>(std::move(node), std::string(source), kMountRelativeTime);
  mounts_.push_back(mount);
  return mount;
}

Result<void> MountTable::mount(const Path& point, Ref<PathNode> root, std::string_view source, std::uint64_t flags) {
  if (point.inode().directory() != root->inode().directory()) return fail(Errno::enotdir);
  if (!point.mount || point.node->deleted()) return fail(Errno::enoent);
  auto made = make_ref<Mount>(std::move(root), std::string(source), flags);
  made->parent = point.mount;
  made->point = point.node;
  ++point.node->mounts;
  mounts_.push_back(std::move(made));
  return {};
}

Result<void> MountTable::unmount(const Path& root, bool lazy) {
  if (!root.mount || root.node != root.mount->root) return fail(Errno::einval);
  Ref<Mount> mount = root.mount;
  if (!mount->parent) return fail(Errno::ebusy);
  for (const Ref<Mount>& other : mounts_)
    if (other->parent == mount) return fail(Errno::ebusy);
  auto place = std::ranges::find(mounts_, mount);
  if (place == mounts_.end()) return fail(Errno::einval);
  // The table's reference, this function's and the caller's path.
  if (!lazy && mount->references() > 3) return fail(Errno::ebusy);
  mounts_.erase(place);
  --mount->point->mounts;
  // Whoever still looks at it finds the way up.
  node_cache().drop_unused();
  return {};
}

Mount* MountTable::at(const Mount& mount, const PathNode& node) const {
  for (auto found = mounts_.rbegin(); found != mounts_.rend(); ++found)
    if ((*found)->parent.get() == &mount && (*found)->point.get() == &node) return found->get();
  return nullptr;
}

Result<void> check_writable(const Path& path) {
  if (path.mount && path.mount->read_only()) return fail(Errno::erofs);
  return {};
}

}  // namespace tessera::lx
