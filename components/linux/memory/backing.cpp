// SPDX-License-Identifier: Apache-2.0
#include "components/linux/memory/backing.hpp"

#include <algorithm>

#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/memory/invalidate.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

SharedMemory::~SharedMemory() {
  for (const Frame frame : pages_)
    if (frame != Frame::none) release_frame(frame);
}

std::uint64_t SharedMemory::resident_pages() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(pages_, [](Frame frame) { return frame != Frame::none; }));
}

Result<Frame> SharedMemory::page(std::uint64_t index, bool) {
  if (index >= page_count_) return fail(Errno::efault);
  if (index >= pages_.size()) pages_.resize(static_cast<std::size_t>(index) + 1, Frame::none);
  Frame& place = pages_[static_cast<std::size_t>(index)];
  if (place == Frame::none) place = TRY(allocate_zeroed_frame());
  retain_frame(place);
  return place;
}

MappedFile::MappedFile(Ref<Inode> inode, Ref<File> file, Path path)
    : inode_(std::move(inode)), file_(std::move(file)), path_(std::move(path)) {
  add_mapping(*inode_);
}

MappedFile::~MappedFile() { remove_mapping(*inode_); }

Result<Frame> MappedFile::page(std::uint64_t index, bool for_write) {
  // Inode::page lends the cache's own reference: a mapping needs one more.
  const Frame frame = TRY(inode_->page(index, for_write));
  retain_frame(frame);
  return frame;
}

std::string MappedFile::path() const { return path_text(path_, current_fs().root); }

const void* MappedFile::identity() const { return inode_.get(); }

}  // namespace tessera::lx
