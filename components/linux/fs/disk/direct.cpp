// SPDX-License-Identifier: Apache-2.0
// O_DIRECT: past the page cache, and coherent with it. Data goes through frames that the disks reach: the guest's
// own memory is out of their reach, so one copy stays.
#include <algorithm>
#include <vector>

#include "components/linux/core/mapped_pages.hpp"
#include "components/linux/fs/disk/file.hpp"
#include "components/linux/fs/disk/page_cache.hpp"
#include "components/linux/fs/disk/pieces.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kSector = 512;  // of what is asked; a disk with larger ones refuses less itself
constexpr std::size_t kMostBytes = 64 * kPageBytes;

std::uint64_t pages_of(std::uint64_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes; }

}  // namespace

// The memory between the guest's and the disk.
class DiskFile::Between {
 public:
  Between() = default;
  Between(const Between&) = delete;
  Between& operator=(const Between&) = delete;
  ~Between() {
    for (const Frame frame : frames_) {
      page_cache().drop(frame);
      release_frame(frame);
    }
  }
  Result<void> take(DiskFile& file, std::size_t bytes, Hold hold) {
    for (std::uint64_t left = pages_of(bytes); left != 0; --left) {
      frames_.push_back(TRY(file.take_frame(0, hold)));
      retain_frame(frames_.back());  // the cache does not give it to anybody else
    }
    return {};
  }
  [[nodiscard]] std::span<const Frame> frames() const { return frames_; }
  // Front to back; how many bytes moved.
  template <typename Move>
  std::size_t each(std::size_t bytes, Move move) const {
    std::size_t done = 0;
    for (const Frame frame : frames_) {
      const std::size_t length = std::min(bytes - done, kPageBytes), moved = move(frame_bytes(frame).first(length));
      done += moved;
      if (moved < length || done == bytes) break;
    }
    return done;
  }

 private:
  std::vector<Frame> frames_;
};

Result<void> DiskFile::transfer_direct(const Between& between, std::uint64_t offset, std::size_t bytes, bool write, Hold hold) {
  const auto flight = make_ref<DiskFlight>(*this, DiskFlight::Kind::direct);
  DiskFlight::Request& request = flight->add();
  const FramePieces pieces(between.frames(), bytes);
  auto room = write ? volume().begin_write(request.transfer, number(), offset, pieces.list(), attributes.size, attributes.modified)
                    : volume().begin_read(request.transfer, number(), offset, pieces.list());
  if (room) request.room = std::move(*room);
  else request.transfer.done = request.transfer.answer.lost = true;
  return flight->settle(hold);
}

// What the cache has of these bytes is on the disk.
Result<void> DiskFile::flush_range(std::uint64_t offset, std::size_t bytes, Hold hold) {
  const std::uint64_t first = offset / kPageBytes, end = pages_of(offset + bytes);
  const auto concerned = [&] {
    if (written_flight()) return true;
    for (std::uint64_t index = pages_.next(first); index < end; index = pages_.next(index + 1))
      if (page_cache().dirty(pages_.find(index))) return true;
    return false;
  };
  if (doubts()) TRY(begin_again());
  while (concerned()) TRY(write_pages(hold));
  return {};
}

// Nobody has anything of these bytes but the disk; those who map them ask again. What somebody is about to write back stays.
void DiskFile::forget_range(std::uint64_t offset, std::size_t bytes) {
  const std::uint64_t first = offset / kPageBytes, end = pages_of(offset + bytes);
  for (std::uint64_t index = first; index < end; ++index)
    if (const Ref<DiskFlight> flight = bringer_of(index)) (void)flight->settle(Hold::keep);
  bool any = false;
  for (std::uint64_t index = pages_.next(first); index < end; index = pages_.next(index + 1)) {
    if (page_cache().dirty(pages_.find(index))) continue;
    forget_page(index);
    any = true;
  }
  if (any) pages_changed(*this, first, end);
}

Result<std::size_t> DiskFile::read_direct(IoBuffer& to, std::uint64_t offset) {
  if (offset % kSector != 0 || !to.aligned(kSector)) return fail(Errno::einval);
  const Hold hold = to.hold();
  std::size_t done = 0;
  while (offset < attributes.size && to.remaining() != 0) {
    const std::uint64_t in_file = (attributes.size - offset + kSector - 1) / kSector * kSector;
    const auto bytes = static_cast<std::size_t>(std::min({in_file, std::uint64_t{to.remaining()}, std::uint64_t{kMostBytes}}));
    Between between;
    const auto read = [&]() -> Result<void> {
      TRY(between.take(*this, bytes, hold));
      DiskFlight::make_way(1, hold);
      TRY(flush_range(offset, bytes, hold));
      return transfer_direct(between, offset, bytes, false, hold);
    }();
    if (!read) return done != 0 ? Result<std::size_t>(done) : fail(read.error());
    // The file may have become shorter.
    const std::uint64_t size = attributes.size > offset ? attributes.size - offset : 0;
    const auto there = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, size));
    const std::size_t moved = there == 0 ? 0 : between.each(there, [&](std::span<std::byte> part) { return to.put(part); });
    done += moved;
    offset += moved;
    if (moved < bytes) break;
  }
  if (done == 0 && to.faulted()) return fail(Errno::efault);
  return done;
}

// What makes the file longer, and what the disk does not know to be the file's, goes through the cache to the disk.
Result<std::size_t> DiskFile::write_new(IoBuffer& from, std::uint64_t offset) {
  if (from.hold() == Hold::leave) prepare_write(offset, from.remaining());
  const std::size_t done = TRY(write_at(from, offset));
  TRY(flush_range(offset, done, from.hold()));
  return done;
}

Result<std::size_t> DiskFile::write_direct(IoBuffer& from, std::uint64_t offset) {
  if (offset % kSector != 0 || !from.aligned(kSector)) return fail(Errno::einval);
  if (disk().read_only()) return fail(Errno::erofs);
  const Hold hold = from.hold();
  std::size_t done = 0;
  const auto end_with = [&](Errno error) { return done != 0 ? Result<std::size_t>(done) : fail(error); };
  while (from.remaining() != 0) {
    const std::size_t bytes = std::min(from.remaining(), kMostBytes);
    Between between;
    if (const auto taken = between.take(*this, bytes, hold); !taken) return end_with(taken.error());
    do {
      DiskFlight::make_way(1, hold);
      if (const auto flushed = flush_range(offset, bytes, hold); !flushed) return end_with(flushed.error());
    } while (DiskFlight::full(1));  // since then
    if (offset + bytes > std::min(attributes.size, server_size())) {
      const auto rest = write_new(from, offset);
      return rest ? Result<std::size_t>(done + *rest) : end_with(rest.error());
    }
    const std::size_t moved = between.each(bytes, [&](std::span<std::byte> part) { return from.take(part); }) / kSector * kSector;
    if (moved == 0) break;
    forget_range(offset, moved);
    attributes.modified = attributes.changed = current_time();
    this->DiskInode::hold();
    if (const auto wrote = transfer_direct(between, offset, moved, true, hold); !wrote) return end_with(wrote.error());
    set_stale();
    if (trusting()) cannot_repeat_ = true;  // the blocks that it is in may go with the server
    forget_range(offset, moved);  // somebody may have read what was there before
    done += moved;
    offset += moved;
    if (moved < bytes) break;
  }
  if (done == 0 && from.faulted()) return fail(Errno::efault);
  return done;
}

}  // namespace tessera::lx
