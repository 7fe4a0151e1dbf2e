// SPDX-License-Identifier: Apache-2.0
// The mounts of a mount namespace.
#include "components/linux/fs/mount.hpp"

#include <algorithm>
#include <utility>

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/node_cache.hpp"

namespace tessera::lx {

namespace {

constexpr std::size_t kMostMounts = 4096;

void attach(Mount& mount, const Path& point) {
  mount.parent = point.mount;
  mount.point = point.node;
  ++point.node->mounts;
}

void detach(Mount& mount) {
  if (!mount.parent) return;
  --mount.point->mounts;
  mount.parent = nullptr;
  mount.point = nullptr;
}

bool below(const Mount* mount, const Mount& other) {
  while (mount != nullptr && mount != &other) mount = mount->parent.get();
  return mount != nullptr;
}

}  // namespace

std::uint64_t next_namespace_number() {
  static std::uint64_t last = 4026531839;  // where Linux' begin
  return ++last;
}

MountTable& initial_mounts() {
  static Ref<MountTable>* table = new Ref<MountTable>(make_ref<MountTable>());
  return **table;
}

MountTable::MountTable() : number_(next_namespace_number()) {}

MountTable::~MountTable() {
  for (const Ref<Mount>& mount : mounts_) {
    mount->table = nullptr;
    detach(*mount);
  }
  mounts_.clear();
  node_cache().drop_unused();
}

Ref<Mount> MountTable::mount_root(Ref<Inode> root, std::string_view source) {
  auto node = make_ref<PathNode>(nullptr, "/", std::move(root));
  auto mount = make_ref<Mount>(std::move(node), std::string(source), kMountRelativeTime);
  mount->table = this;
  mounts_.push_back(mount);
  return mount;
}

Path MountTable::root() const {
  for (const Ref<Mount>& mount : mounts_)
    if (!mount->parent) return Path{mount, mount->root};
  return {};
}

Ref<Mount> MountTable::add(const Path& point, Ref<PathNode> root, std::string_view source, std::uint64_t flags) {
  auto made = make_ref<Mount>(std::move(root), std::string(source), flags);
  made->table = this;
  attach(*made, point);
  mounts_.push_back(made);
  return made;
}

Result<void> MountTable::mount(const Path& point, Ref<PathNode> root, std::string_view source, std::uint64_t flags) {
  if (point.inode().directory() != root->inode().directory()) return fail(Errno::enotdir);
  if (!point.mount || point.node->deleted()) return fail(Errno::enoent);
  if (!holds(point)) return fail(Errno::einval);
  if (mounts_.size() >= kMostMounts) return fail(Errno::enospc);
  add(point, std::move(root), source, flags);
  return {};
}

Result<void> MountTable::bind(const Path& point, const Path& from, bool recursive) {
  if (!holds(from)) return fail(Errno::einval);
  // Those that are there now: what is bound may lie below its own new place.
  const std::vector<Ref<Mount>> old = mounts_;
  TRY(mount(point, from.node, from.mount->source, from.mount->flags));
  if (!recursive) return {};
  std::vector<std::pair<Mount*, Ref<Mount>>> made{{from.mount.get(), mounts_.back()}};
  // A mount's parent may come behind it: until nothing is added any more.
  for (bool more = true; std::exchange(more, false);) {
    for (const Ref<Mount>& each : old) {
      const auto is = [](const Mount* wanted) { return [wanted](const auto& pair) { return pair.first == wanted; }; };
      const auto parent = std::ranges::find_if(made, is(each->parent.get()));
      if (parent == made.end() || std::ranges::find_if(made, is(each.get())) != made.end()) continue;
      if (each->parent == from.mount && !each->point->below(*from.node)) continue;
      if (mounts_.size() >= kMostMounts) return fail(Errno::enospc);
      made.emplace_back(each.get(), add(Path{parent->second, each->point}, each->root, each->source, each->flags));
      more = true;
    }
  }
  return {};
}

Result<void> MountTable::move(const Path& from, const Path& to) {
  if (!holds(from) || !holds(to) || from.node != from.mount->root || !from.mount->parent) return fail(Errno::einval);
  if (from.inode().directory() != to.inode().directory()) return fail(Errno::einval);
  if (to.node->deleted()) return fail(Errno::enoent);
  if (below(to.mount.get(), *from.mount)) return fail(Errno::eloop);
  detach(*from.mount);
  attach(*from.mount, to);
  // The last one mounted on a place is on top.
  const auto place = std::ranges::find(mounts_, from.mount);
  std::rotate(place, place + 1, mounts_.end());
  return {};
}

Result<void> MountTable::pivot(const Path& root, const Path& new_root, const Path& put_old) {
  if (!holds(root) || !holds(new_root) || !holds(put_old)) return fail(Errno::einval);
  if (new_root.mount == root.mount || put_old.mount == root.mount) return fail(Errno::ebusy);
  if (root.node != root.mount->root || new_root.node != new_root.mount->root) return fail(Errno::einval);
  // The old root must come to lie where it can be reached from the new one.
  if (!below(put_old.mount.get(), *new_root.mount)) return fail(Errno::einval);
  if (put_old.mount == new_root.mount && !put_old.node->below(*new_root.node)) return fail(Errno::einval);
  if (below(root.mount.get(), *new_root.mount)) return fail(Errno::einval);
  const Path old_place{root.mount->parent, root.mount->point};
  detach(*new_root.mount);
  detach(*root.mount);
  if (old_place.mount) attach(*new_root.mount, old_place);
  attach(*root.mount, put_old);
  return {};
}

Result<void> MountTable::unmount(const Path& root, bool lazy) {
  if (!holds(root) || root.node != root.mount->root) return fail(Errno::einval);
  Ref<Mount> mount = root.mount;
  if (!mount->parent) return fail(Errno::ebusy);
  if (!lazy)
    for (const Ref<Mount>& other : mounts_)
      if (other->parent == mount) return fail(Errno::ebusy);
  // The table's reference, this function's and the caller's path.
  if (!lazy && mount->references() > 3) return fail(Errno::ebusy);
  TRY(mount->root->inode().file_system().sync(Hold::keep));
  std::vector<Ref<Mount>> gone;
  for (const Ref<Mount>& other : mounts_)
    if (below(other.get(), *mount)) gone.push_back(other);
  for (const Ref<Mount>& each : gone) {
    each->table = nullptr;
    // Whoever still looks at it finds the way up.
    --each->point->mounts;
    std::erase(mounts_, each);
  }
  node_cache().drop_unused();
  return {};
}

Mount* MountTable::at(const Mount& mount, const PathNode& node) const {
  for (auto found = mounts_.rbegin(); found != mounts_.rend(); ++found)
    if ((*found)->parent.get() == &mount && (*found)->point.get() == &node) return found->get();
  return nullptr;
}

Ref<MountTable> MountTable::copy(std::span<Path* const> paths) const {
  auto made = make_ref<MountTable>();
  const auto copy_of = [&](const Ref<Mount>& mount) -> Ref<Mount> {
    const auto place = std::ranges::find(mounts_, mount);
    return place == mounts_.end() ? mount : made->mounts_[static_cast<std::size_t>(place - mounts_.begin())];
  };
  for (const Ref<Mount>& mount : mounts_) {
    made->mounts_.push_back(make_ref<Mount>(mount->root, mount->source, mount->flags));
    made->mounts_.back()->table = made.get();
  }
  for (const Ref<Mount>& mount : mounts_)
    if (mount->parent) attach(*copy_of(mount), Path{copy_of(mount->parent), mount->point});
  for (Path* const path : paths)
    if (path->mount) path->mount = copy_of(path->mount);
  return made;
}

Result<void> check_writable(const Path& path) {
  if (path.mount && path.mount->read_only()) return fail(Errno::erofs);
  return {};
}

}  // namespace tessera::lx
