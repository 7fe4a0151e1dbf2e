// SPDX-License-Identifier: Apache-2.0
// tmpfs: limits, common part of inodes, symbolic links.
#include "components/linux/fs/tmpfs.hpp"

#include <algorithm>

#include "components/linux/fs/text.hpp"

namespace tessera::lx {
namespace {

std::uint64_t all_pages = 0;

}  // namespace

std::uint64_t tmpfs_pages() { return all_pages; }

TmpFs::TmpFs(std::string_view type, std::uint64_t most_pages, std::uint64_t most_inodes)
    : FileSystem(type, kMagic),
      most_pages_(most_pages != 0 ? most_pages : frame_counts().total / 2),
      most_inodes_(most_inodes != 0 ? most_inodes : std::max<std::uint64_t>(frame_counts().total / 2, 1024)),
      inodes_chosen_(most_inodes != 0) {}

FileSystemFacts TmpFs::facts() {
  return {.block_bytes = kPageBytes,
          .blocks = most_pages_,
          .free_blocks = most_pages_ - used_pages_,
          .available_blocks = most_pages_ - used_pages_,
          .files = most_inodes_,
          .free_files = most_inodes_ - std::min(used_inodes_, most_inodes_)};
}

std::string TmpFs::options() const {
  Text text;
  text << ",size=" << most_pages_ * (kPageBytes / 1024) << "k";
  if (inodes_chosen_) text << ",nr_inodes=" << most_inodes_;
  return text.take();
}

Result<void> TmpFs::charge_pages(std::uint64_t count) {
  if (count > free_pages()) return fail(Errno::enospc);
  used_pages_ += count;
  all_pages += count;
  return {};
}

void TmpFs::uncharge_pages(std::uint64_t count) {
  used_pages_ -= count;
  all_pages -= count;
}

TmpInode::TmpInode(TmpFs& file_system, std::uint32_t mode, std::uint32_t uid, std::uint32_t gid)
    : Inode(file_system, file_system.next_number()), tmpfs_(file_system) {
  attributes.mode = mode;
  attributes.uid = uid;
  attributes.gid = gid;
  Timespec now = current_time();
  attributes.accessed = attributes.modified = attributes.changed = attributes.born = now;
  tmpfs_.count_inode(true);
}

TmpLink::TmpLink(TmpFs& file_system, std::string_view target, std::uint32_t uid, std::uint32_t gid)
    : TmpInode(file_system, kSymlink | 0777, uid, gid), target_(target) {
  attributes.size = target.size();
}

Ref<TmpDirectory> make_tmpfs(std::string_view type, std::uint32_t mode, std::uint64_t most_pages,
                             std::uint64_t most_inodes) {
  Ref<TmpFs> file_system = make_ref<TmpFs>(type, most_pages, most_inodes);
  return make_ref<TmpDirectory>(*file_system, kDirectory | mode, 0U, 0U);
}

}  // namespace tessera::lx
