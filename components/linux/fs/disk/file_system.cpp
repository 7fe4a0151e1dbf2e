// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/file_system.hpp"

#include <utility>

#include "components/linux/core/frames.hpp"
#include "components/linux/core/log.hpp"
#include "components/linux/fs/disk/file.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

namespace {
constexpr std::uint64_t kExt4Magic = 0xef53, kFatMagic = 0x4d44;
}

DiskFileSystem::DiskFileSystem(Volume volume, const wire::Mounted& mounted, const wire::Space& space)
    : FileSystem(mounted.kind == wire::kKindFat ? "vfat" : "ext4", mounted.kind == wire::kKindFat ? kFatMagic : kExt4Magic, mounted.kind == wire::kKindFat),
      volume_(std::move(volume)),
      root_(mounted.root),
      read_only_(mounted.read_only != 0),
      fat_(mounted.kind == wire::kKindFat),
      space_(space) {}

DiskFileSystem::~DiskFileSystem() {
  forget_file_system(*this);
  if (const auto done = volume_.unmount(); !done) log_line(volume_.server().name() + ": unmounting failed");
}

FileSystemFacts DiskFileSystem::facts() {
  wire::Space space = space_;
  if (const auto now = volume_.space()) space = *now;
  return {.block_bytes = space.block_bytes,
          .blocks = space.blocks,
          .free_blocks = space.free_blocks,
          .available_blocks = space.available_blocks,
          .files = space.inodes,
          .free_files = space.free_inodes};
}

std::string DiskFileSystem::options() const {
  return fat_ ? ",fmask=0022,dmask=0022,codepage=437,iocharset=utf8,shortname=mixed,errors=remount-ro" : "";
}

Result<Ref<DiskInode>> DiskFileSystem::inode(const wire::Attributes& attributes) {
  const auto known = inodes_.find(attributes.inode);
  if (known != inodes_.end() && known->second->is(attributes)) {
    known->second->take(attributes);
    return Ref<DiskInode>(known->second);
  }
  // A server that was killed took an inode along that was not durable yet, and the next one uses the number for another.
  if (known != inodes_.end()) known->second->lost_number();
  Ref<DiskInode> made;
  switch (attributes.mode & kTypeMask) {
    case kRegular: made = make_ref<DiskFile>(*this, attributes); break;
    case kDirectory: made = make_ref<DiskDirectory>(*this, attributes); break;
    case kSymlink: made = make_ref<DiskSymlink>(*this, attributes); break;
    case kCharDevice:
    case kBlockDevice:
    case kFifo:
    case kSocket: made = make_ref<DiskInode>(*this, attributes); break;
    default: return fail(Errno::euclean);
  }
  inodes_.emplace(attributes.inode, made.get());
  return made;
}

Result<Ref<DiskInode>> DiskFileSystem::root() {
  const auto told = TRY(volume_.attributes(root_));
  auto found = TRY(inode(told));
  if (!found->directory()) return fail(Errno::euclean);
  return found;
}

void DiskFileSystem::forget(DiskInode& inode) {
  const auto known = inodes_.find(inode.number());
  if (known != inodes_.end() && known->second == &inode) inodes_.erase(known);
}

void DiskFileSystem::look_up_again(DiskInode& inode, const DiskInode& directory, std::string_view name) {
  const auto found = volume_.lookup(directory.number(), name);
  if (!found || found->inode == inode.number()) return;
  forget(inode);
  inode.take_number(found->inode);
  inodes_[found->inode] = &inode;
}

void DiskFileSystem::hold(DiskInode& inode) { held_.emplace_back(&inode); }

// Each is held until all of it is under way, so that who comes meanwhile finds it here or in the air.
Result<void> DiskFileSystem::write_back(Hold hold) {
  Result<void> first;
  for (std::size_t left = held_.size(); left != 0 && !held_.empty(); --left) {
    const Ref<DiskInode> inode = held_.front();
    const auto done = inode->write_back(hold);
    if (!done && first) first = done;
    const bool still_first = !held_.empty() && held_.front() == inode;
    if (!still_first) continue;  // another one was quicker
    held_.pop_front();
    if (inode->dirty()) held_.push_back(inode);
    else inode->let_loose();
  }
  return first;
}

Result<void> DiskFileSystem::sync_once(Hold hold) {
  const auto written = write_back(hold);
  // What others began, of files that are held no longer.
  DiskFlight::settle_written_of(*this, hold);
  const std::uint64_t told = times_told_;
  const auto synced = volume_.sync(0, false, hold);
  if (synced && told == times_told_) {
    for (const auto& [number, inode] : inodes_)
      if (!inode->doubts()) inode->is_durable();
  }
  return written ? synced : written;
}

bool DiskFileSystem::hold_doubted() {
  bool any = false;
  for (const auto& [number, inode] : inodes_) {
    if (!inode->doubts()) continue;
    inode->hold();
    any = true;
  }
  return any;
}

// A server that was killed took what it was told along, unless that was durable: the next one says that all is.
Result<void> DiskFileSystem::sync(Hold hold) {
  if (read_only_) return {};
  for (;;) {
    TRY(sync_once(hold));
    if (!hold_doubted()) return {};
  }
}

Result<void> DiskFileSystem::measure() {
  space_ = TRY(volume_.space());
  placed_ = 0;
  return {};
}

std::uint64_t DiskFileSystem::free_pages() const {
  const std::uint64_t blocks = current_credentials().fsuid == 0 ? space_.free_blocks : space_.available_blocks;
  const std::uint64_t pages = blocks * space_.block_bytes / kPageBytes;
  // What finds the blocks of a file takes some, too.
  const std::uint64_t taken = placed_ + placed_ / 128 + 16;
  return pages > taken ? pages - taken : 0;
}

Result<void> DiskFileSystem::reserve_page() {
  if (reserved_ >= free_pages()) {
    // What is dirty may need less than was reserved, and other files may have gone.
    TRY(write_back(Hold::keep));
    TRY(measure());
    if (reserved_ >= free_pages()) return fail(Errno::enospc);
  }
  ++reserved_;
  return {};
}

void DiskFileSystem::pages_placed(std::uint64_t count) {
  reserved_ -= count;
  placed_ += count;
}

}  // namespace tessera::lx
