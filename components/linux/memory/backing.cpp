// SPDX-License-Identifier: Apache-2.0
#include "components/linux/memory/backing.hpp"

#include <algorithm>
#include <utility>

#include "components/linux/fs/context.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/fs/inode.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/memory/invalidate.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

Result<Frame> SharedMemory::page(std::uint64_t index, bool) {
  if (index >= page_count_) return fail(Errno::efault);
  bool fresh = false;
  const Frame frame = TRY(pages_.writable(index, fresh));
  if (fresh) std::ranges::fill(frame_bytes(frame), std::byte{0});
  retain_frame(frame);
  return frame;
}

bool SharedMemory::cached(std::uint64_t index) { return pages_.find(index) != Frame::none; }

Result<void> SharedMemory::remove_pages(std::uint64_t first, std::uint64_t end) {
  remove_pages_of(this, first, end);
  return {};
}

void SharedMemory::remove_pages_of(const void* object, std::uint64_t first, std::uint64_t end) {
  forget_mapped_pages(object, first, end, PrivateCopies::stay);
  pages_.punch(first, end);
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

Result<Frame> MappedFile::cached_page(std::uint64_t index, bool for_write) {
  const Frame frame = TRY(inode_->cached_page(index, for_write));
  retain_frame(frame);
  return frame;
}

bool MappedFile::tracks_writes() const { return inode_->tracks_writes(); }

bool MappedFile::looks_up_only() const { return inode_->looks_up_only(); }

bool MappedFile::cached(std::uint64_t index) { return inode_->page_cached(index); }

void MappedFile::prepare(std::uint64_t index) { inode_->prepare_read(index * kPageBytes, kPageBytes); }

bool MappedFile::tells_residence() const {
  return current_credentials().fsuid == inode_->attributes.uid || check_access(current_credentials(), *inode_, kMayWrite).has_value();
}

Result<void> MappedFile::remove_pages(std::uint64_t first, std::uint64_t end) {
  constexpr std::uint32_t kKeepSize = 1, kPunchHole = 2;
  return inode_->allocate(kPunchHole | kKeepSize, first * kPageBytes, (end - first) * kPageBytes);
}

std::string MappedFile::path() const { return path_text(path_, current_fs().root); }

const void* MappedFile::identity() const { return inode_.get(); }

}  // namespace tessera::lx
