// SPDX-License-Identifier: Apache-2.0
// Directories on disks. Their names are the server's; those that were met are kept by the NodeCache.
#include "components/linux/fs/disk/inode.hpp"
#include "components/linux/fs/name_hash.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

void DiskDirectory::begin_to_know() {
  knows_ = true;
  session_ = volume().server().sessions();
}

bool DiskDirectory::surely_lacks(std::string_view name) const { return knows() && !hashes_.contains(hash_name(name)); }

void DiskDirectory::added(std::string_view name) {
  set_stale();
  if (!knows_) return;
  hashes_.insert(hash_name(name));
  if (hashes_.size() <= kMostKnown) return;
  knows_ = false;
  hashes_.clear();
}

void DiskDirectory::removed(std::string_view name) {
  set_stale();
  if (const auto place = hashes_.find(hash_name(name)); place != hashes_.end()) hashes_.erase(place);
}

Result<Ref<Inode>> DiskDirectory::lookup(std::string_view name) {
  if (surely_lacks(name)) return fail(Errno::enoent);
  const auto found = TRY(volume().lookup(number(), name));
  return Ref<Inode>(TRY(disk().inode(found)));
}

Result<Ref<DiskInode>> DiskDirectory::make(std::string_view name, std::uint32_t mode, std::uint64_t rdev, std::string_view target) {
  if (disk().read_only()) return fail(Errno::erofs);
  if (name.size() > wire::kMostName || target.size() > wire::kMostTarget) return fail(Errno::enametoolong);
  Attributes made;
  made.mode = mode;
  own_new(*this, made);
  const Timespec now = current_time();
  const wire::NewInode what{.mode = made.mode,
                            .uid = made.uid,
                            .gid = made.gid,
                            .device_major = static_cast<std::uint32_t>(device_major(rdev)),
                            .device_minor = static_cast<std::uint32_t>(device_minor(rdev)),
                            .zero = 0,
                            .now = {.seconds = static_cast<std::uint64_t>(now.seconds),
                                    .nanoseconds = static_cast<std::uint32_t>(now.nanoseconds),
                                    .zero = 0}};
  const auto created = TRY(volume().create(number(), name, what, target));
  auto inode = TRY(disk().inode(created));
  if (!name.empty()) added(name);
  if (inode->directory()) static_cast<DiskDirectory&>(*inode).begin_to_know();
  return inode;
}

Result<Ref<Inode>> DiskDirectory::create(std::string_view name, std::uint32_t mode, std::uint64_t rdev) {
  return Ref<Inode>(TRY(make(name, mode, rdev, {})));
}

Result<Ref<Inode>> DiskDirectory::symlink(std::string_view name, std::string_view target) {
  return Ref<Inode>(TRY(make(name, kSymlink | 0777, 0, target)));
}

Result<Ref<Inode>> DiskDirectory::create_unnamed(std::uint32_t mode) {
  auto made = TRY(make({}, mode, 0, {}));
  made->was_kept();
  return Ref<Inode>(std::move(made));
}

Result<void> DiskDirectory::link(std::string_view name, Inode& target) {
  auto& inode = static_cast<DiskInode&>(target);
  TRY(volume().link(inode.number(), number(), name, current_time()));
  ++inode.attributes.links;
  inode.set_stale();
  added(name);
  return {};
}

Result<void> DiskDirectory::unlink(std::string_view name, Inode& target, bool directory) {
  auto& inode = static_cast<DiskInode&>(target);
  inode.settle_all();  // its blocks may be another file's soon
  const bool keep = inode.wants_keep();
  const auto left = TRY(volume().unlink(number(), name, directory, keep ? inode.number() : 0, current_time()));
  if (keep) inode.was_kept();
  inode.unlinked(directory ? 0 : left.links);
  removed(name);
  return {};
}

Result<void> DiskDirectory::rename(std::string_view name, Inode& moved, Inode& to_directory, std::string_view to_name,
                                   Inode* replaced, std::uint32_t flags) {
  auto& to = static_cast<DiskDirectory&>(to_directory);
  const bool replaces = replaced != nullptr && (flags & kRenameExchange) == 0;
  if (replaces && moved.directory() != replaced->directory()) return fail(moved.directory() ? Errno::enotdir : Errno::eisdir);
  if (replaces) static_cast<DiskInode&>(*replaced).settle_all();
  if (replaces && static_cast<DiskInode&>(*replaced).wants_keep()) {
    TRY(volume().keep(replaced->number()));
    static_cast<DiskInode&>(*replaced).was_kept();
  }
  TRY(volume().rename(number(), name, to.number(), to_name, flags, current_time()));
  if (replaces) {
    auto& other = static_cast<DiskInode&>(*replaced);
    other.unlinked(other.directory() ? 0 : other.attributes.links - 1);
  }
  if (replaced != nullptr && !replaces) static_cast<DiskInode&>(*replaced).set_stale();
  static_cast<DiskInode&>(moved).set_stale();
  if ((flags & kRenameExchange) == 0) {
    removed(name);
    if (replaced == nullptr) to.added(to_name);
  }
  set_stale();
  to.set_stale();
  return {};
}

Result<void> DiskDirectory::read_directory(std::uint64_t& position, DirectorySink& sink) {
  // The server's positions begin at 0.
  class Shifted final : public DirectorySink {
   public:
    explicit Shifted(DirectorySink& to) : to_(to) {}
    bool add(const DirectoryEntry& entry) override {
      DirectoryEntry shifted = entry;
      shifted.next_position += kFirstDirectoryPosition;
      return to_.add(shifted);
    }

   private:
    DirectorySink& to_;
  };
  Shifted shifted(sink);
  const std::uint64_t from = position > kFirstDirectoryPosition ? position - kFirstDirectoryPosition : 0;
  position = TRY(volume().read_directory(number(), from, shifted)) + kFirstDirectoryPosition;
  return {};
}

}  // namespace tessera::lx
