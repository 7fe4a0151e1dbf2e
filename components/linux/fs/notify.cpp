// SPDX-License-Identifier: Apache-2.0
// Telling watches.
#include "components/linux/fs/notify.hpp"

#include "components/linux/fs/file.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

std::uint64_t InodeWatches::count_ = 0;

void InodeWatches::add(InodeWatch& watch) {
  watch.next_ = first_;
  first_ = &watch;
  ++count_;
}

void InodeWatches::remove(InodeWatch& watch) {
  for (InodeWatch** place = &first_; *place != nullptr; place = &(*place)->next_) {
    if (*place != &watch) continue;
    *place = watch.next_;
    --count_;
    return;
  }
}

void InodeWatches::tell(std::uint32_t mask, std::string_view name, std::uint32_t cookie, bool unlinked) const {
  for (InodeWatch* watch = first_; watch != nullptr;) {
    InodeWatch* next = watch->next_;  // a watch for one event goes with it
    watch->event(mask, name, cookie, unlinked);
    watch = next;
  }
}

void InodeWatches::end(std::uint32_t mask) {
  while (first_ != nullptr) {
    InodeWatch& watch = *first_;
    first_ = watch.next_;
    --count_;
    watch.inode_ends(mask);
  }
}

void notify_inode(Inode& inode, std::uint32_t mask) {
  if (!InodeWatches::any()) return;
  inode.watches.tell(mask | (inode.directory() ? kNotifyDirectory : 0), {}, 0, false);
}

void notify_name(Inode& directory, std::uint32_t mask, std::string_view name, bool directory_entry,
                 std::uint32_t cookie) {
  if (!InodeWatches::any()) return;
  directory.watches.tell(mask | (directory_entry ? kNotifyDirectory : 0), name, cookie, false);
}

void notify(const Path& path, std::uint32_t mask) {
  if (!InodeWatches::any() || !path) return;
  const PathNode& node = *path.node;
  Inode& inode = node.inode();
  const std::uint32_t all = mask | (inode.directory() ? kNotifyDirectory : 0);
  if (PathNode* parent = node.parent(); parent != nullptr)
    parent->inode().watches.tell(all, node.name(), 0, node.deleted());
  inode.watches.tell(all, {}, 0, false);
}

void notify(const File& file, std::uint32_t mask) { notify(file.path, mask); }

std::uint32_t next_rename_cookie() {
  static std::uint32_t last = 0;
  return ++last;
}

}  // namespace tessera::lx
