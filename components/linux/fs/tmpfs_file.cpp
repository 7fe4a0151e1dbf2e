// SPDX-License-Identifier: Apache-2.0
// tmpfs: regular files.
#include <algorithm>

#include "components/linux/core/mapped_pages.hpp"
#include "components/linux/fs/inode_file.hpp"
#include "components/linux/fs/tmpfs.hpp"

namespace tessera::lx {
namespace {

constexpr std::uint32_t kKeepSize = 1, kPunchHole = 2, kZeroRange = 0x10;

std::uint64_t pages_of(std::uint64_t bytes) { return bytes / kPageBytes + (bytes % kPageBytes != 0 ? 1 : 0); }

void clear(std::span<std::byte> bytes) { std::ranges::fill(bytes, std::byte{0}); }

}  // namespace

Result<void> TmpFile::check_not_sealed(std::uint32_t seals) const {
  return (seals_ & seals) != 0 ? fail(Errno::eperm) : Result<void>{};
}

TmpFile::~TmpFile() {
  std::uint64_t before = pages_.count();
  pages_.cut(0);
  give_back(before);
}

void TmpFile::set_bundle(std::uint64_t offset, std::uint64_t bytes) {
  pages_.set_bundle(offset, pages_of(bytes));
  attributes.size = bytes;
  bundle_blocks_ = pages_of(bytes) * (kPageBytes / 512);
}

void TmpFile::give_back(std::uint64_t before) { tmpfs().uncharge_pages(before - pages_.count()); }

Result<Frame> TmpFile::writable_page(std::uint64_t index, bool& fresh) {
  fresh = false;
  Frame held = pages_.find(index);
  if (held != Frame::none && !frame_is_read_only(held)) return held;
  TRY(tmpfs().charge_pages(1));
  auto made = pages_.writable(index, fresh);
  if (!made)
    tmpfs().uncharge_pages(1);
  else if (!fresh) {
    bundle_blocks_ -= kPageBytes / 512;
    pages_changed(*this, index, index + 1);
  }
  return made;
}

Result<Frame> TmpFile::zeroed_page(std::uint64_t index) {
  bool fresh = false;
  Frame frame = TRY(writable_page(index, fresh));
  if (fresh) clear(frame_bytes(frame));
  return frame;
}

Result<std::size_t> TmpFile::read_at(IoBuffer& to, std::uint64_t offset) {
  if (offset >= attributes.size) return 0U;
  std::size_t left = static_cast<std::size_t>(std::min<std::uint64_t>(attributes.size - offset, to.remaining()));
  std::size_t done = 0;
  while (left != 0) {
    std::size_t within = offset % kPageBytes;
    std::size_t length = std::min(left, kPageBytes - within);
    Frame frame = pages_.find(offset / kPageBytes);
    std::size_t moved =
        frame == Frame::none ? to.put_zeros(length) : to.put(frame_bytes(frame).subspan(within, length));
    done += moved;
    if (moved < length) break;
    offset += moved;
    left -= moved;
  }
  if (done == 0 && to.faulted()) return fail(Errno::efault);
  return done;
}

Result<std::size_t> TmpFile::write_at(IoBuffer& from, std::uint64_t offset) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 62;
  std::size_t done = 0;
  Result<void> failure;
  if (offset > kMostBytes) return fail(Errno::efbig);
  if (from.remaining() != 0) TRY(check_not_sealed(kNoNewWrites));
  if (offset > attributes.size && from.remaining() != 0) TRY(clear_tail(offset));
  while (from.remaining() != 0) {
    std::size_t within = offset % kPageBytes;
    std::size_t length = std::min(from.remaining(), kPageBytes - within);
    if (offset + length > attributes.size && (seals_ & kSealGrow) != 0) {
      failure = fail(Errno::eperm);
      break;
    }
    bool fresh = false;
    auto frame = writable_page(offset / kPageBytes, fresh);
    if (!frame) {
      failure = fail(frame.error());
      break;
    }
    std::span<std::byte, kPageBytes> page = frame_bytes(*frame);
    std::size_t moved = from.take(page.subspan(within, length));
    if (fresh) {
      clear(page.first(within));
      clear(page.subspan(within + moved));
    }
    done += moved;
    offset += moved;
    if (moved < length) {
      failure = fail(Errno::efault);
      break;
    }
  }
  if (done == 0) return failure ? Result<std::size_t>(0U) : fail(failure.error());
  attributes.size = std::max(attributes.size, offset);
  attributes.modified = attributes.changed = current_time();
  return done;
}

// Clears bytes of one page, where it has a frame.
Result<void> TmpFile::zero_within(std::uint64_t start, std::uint64_t end) {
  if (start >= end || pages_.find(start / kPageBytes) == Frame::none) return {};
  Frame frame = TRY(zeroed_page(start / kPageBytes));
  clear(frame_bytes(frame).subspan(start % kPageBytes, end - start));
  return {};
}

Result<void> TmpFile::zero_range(std::uint64_t start, std::uint64_t end) {
  std::uint64_t first = pages_of(start), last = end / kPageBytes;
  if (first > last) return zero_within(start, end);
  TRY(zero_within(start, first * kPageBytes));
  TRY(zero_within(last * kPageBytes, end));
  std::uint64_t before = pages_.count();
  pages_.punch(first, last);
  give_back(before);
  pages_changed(*this, first, last);
  return {};
}

Result<void> TmpFile::truncate(std::uint64_t size) {
  if (size < attributes.size) TRY(check_not_sealed(kSealShrink));
  if (size > attributes.size) TRY(check_not_sealed(kSealGrow));
  if (size < attributes.size) {
    // What is behind the end reads as zeros should the file grow again.
    if (size % kPageBytes != 0) TRY(zero_within(size, pages_of(size) * kPageBytes));
    std::uint64_t before = pages_.count();
    pages_.cut(pages_of(size));
    give_back(before);
    pages_changed(*this, pages_of(size), ~std::uint64_t{0}, PrivateCopies::go);
    bundle_blocks_ = std::min(bundle_blocks_, pages_of(size) * (kPageBytes / 512));
  } else {
    TRY(clear_tail(size));
  }
  attributes.size = size;
  attributes.modified = attributes.changed = current_time();
  return {};
}

// The file is to grow: what a mapping wrote behind the end becomes no part of it.
Result<void> TmpFile::clear_tail(std::uint64_t new_size) {
  const std::uint64_t size = attributes.size;
  if (new_size <= size || size % kPageBytes == 0) return {};
  return zero_within(size, std::min(new_size, pages_of(size) * kPageBytes));
}

Result<void> TmpFile::allocate(std::uint32_t mode, std::uint64_t offset, std::uint64_t bytes) {
  std::uint64_t end = offset + bytes;
  bool keep = (mode & kKeepSize) != 0;
  if ((mode & kPunchHole) != 0 || (mode & kZeroRange) != 0) {
    bool punch = (mode & kPunchHole) != 0;
    if ((mode & ~(kKeepSize | kPunchHole | kZeroRange)) != 0 || (punch && (!keep || (mode & kZeroRange) != 0)))
      return fail(Errno::eopnotsupp);
    TRY(check_not_sealed(kNoNewWrites));
    if (!keep && end > attributes.size) TRY(check_not_sealed(kSealGrow));
    std::uint64_t stop = std::min(end, attributes.size);
    if (offset < stop) TRY(zero_range(offset, stop));
  } else {
    if ((mode & ~kKeepSize) != 0) return fail(Errno::eopnotsupp);
    TRY(check_new_size(*this, end));
    if (end > attributes.size) TRY(check_not_sealed(kSealGrow));
    if (!keep) TRY(clear_tail(end));
    std::uint64_t first = offset / kPageBytes, last = pages_of(end);
    // Asking for far more than there is fails before anything was done.
    if (last - first > tmpfs().free_pages() + pages_.count() + bundle_blocks_ / (kPageBytes / 512))
      return fail(Errno::enospc);
    for (std::uint64_t index = first; index < last; ++index)
      if (pages_.find(index) == Frame::none) TRY(zeroed_page(index));
  }
  if (!keep) attributes.size = std::max(attributes.size, end);
  attributes.modified = attributes.changed = current_time();
  return {};
}

Result<std::uint64_t> TmpFile::seek_data(std::uint64_t offset, bool hole) {
  if (offset >= attributes.size) return fail(Errno::enxio);
  std::uint64_t index = offset / kPageBytes;
  std::uint64_t found = hole ? pages_.next_hole(index) : pages_.next_data(index);
  if (found == index) return offset;
  if (found >= pages_of(attributes.size)) return hole ? Result<std::uint64_t>(attributes.size) : fail(Errno::enxio);
  return found * kPageBytes;
}

Result<Frame> TmpFile::cached_page(std::uint64_t index, bool for_write) {
  if (index >= pages_of(attributes.size)) return fail(Errno::efault);
  const Frame frame = pages_.find(index);
  if (frame == Frame::none) return fail(Errno::enoent);
  return for_write && frame_is_read_only(frame) ? zeroed_page(index) : Result<Frame>(frame);
}

bool TmpFile::page_cached(std::uint64_t index) {
  return index < pages_of(attributes.size) && pages_.find(index) != Frame::none;
}

Result<Frame> TmpFile::page(std::uint64_t index, bool for_write) {
  if (index >= pages_of(attributes.size)) return fail(Errno::efault);
  if (for_write) return zeroed_page(index);
  Frame frame = pages_.find(index);
  if (frame != Frame::none) return frame;
  // A hole gets its frame now, so that a later write shows in this mapping.
  return zeroed_page(index);
}

}  // namespace tessera::lx
