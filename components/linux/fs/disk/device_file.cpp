// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/device_file.hpp"

#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/inode_file.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kMostBytes = 64 * 1024;

// linux/fs.h.
constexpr std::uint32_t kGetReadOnly = 0x125e, kReadTable = 0x125f, kGetSize = 0x1260, kFlush = 0x1261, kGetSectorBytes = 0x1268,
                        kGetPhysicalBytes = 0x127b, kGetBlockBytes = 0x80081270, kGetSize64 = 0x80081272;

ring::Piece piece_of(const DiskServer::Room& room, std::uint32_t bytes) {
  return {.pool = room.buffer().pool, .offset = room.buffer().offset, .bytes = bytes, .zero = 0};
}

}  // namespace

DiskDeviceFile::Stretch DiskDeviceFile::stretch(std::uint64_t at, std::size_t wanted) const {
  const std::uint64_t sector = disk_.sector_bytes;
  const std::uint64_t start = at / sector * sector;
  const std::uint64_t end = std::min({(at + std::min<std::uint64_t>(wanted, kMostBytes) + sector - 1) / sector * sector, start + kMostBytes, disk_.bytes});
  const auto within = static_cast<std::size_t>(at - start);
  return {.start = start,
          .bytes = static_cast<std::uint32_t>(end - start),
          .within = within,
          .length = std::min(wanted, static_cast<std::size_t>(end - start) - within)};
}

Result<void> DiskDeviceFile::read_sectors(const Stretch& stretch, const DiskServer::Room& room, Hold hold) {
  Transfer transfer;
  const ring::Piece piece = piece_of(room, stretch.bytes);
  const auto list = TRY(volume_.begin_device_read(transfer, stretch.start, std::span(&piece, 1)));
  return volume_.server().wait(transfer, hold);
}

Result<void> DiskDeviceFile::write_sectors(const Stretch& stretch, const DiskServer::Room& room, Hold hold) {
  Transfer transfer;
  const ring::Piece piece = piece_of(room, stretch.bytes);
  const auto list = TRY(volume_.begin_device_write(transfer, stretch.start, std::span(&piece, 1)));
  return volume_.server().wait(transfer, hold);
}

Result<std::size_t> DiskDeviceFile::read(IoBuffer& to, std::uint64_t& at) {
  const auto room = TRY(volume_.server().room(kMostBytes));
  std::size_t done = 0;
  while (at < disk_.bytes && to.remaining() != 0) {
    const Stretch part = stretch(at, to.remaining());
    if (const auto read = read_sectors(part, room, to.hold()); !read) return done != 0 ? Result<std::size_t>(done) : fail(read.error());
    const std::size_t moved = to.put(room.memory().subspan(part.within, part.length));
    done += moved;
    at += moved;
    if (moved < part.length) break;
  }
  if (done == 0 && to.faulted()) return fail(Errno::efault);
  return done;
}

Result<std::size_t> DiskDeviceFile::write(IoBuffer& from, std::uint64_t& at) {
  if (from.remaining() == 0) return 0U;
  if (at >= disk_.bytes) return fail(Errno::enospc);
  const auto room = TRY(volume_.server().room(kMostBytes));
  std::size_t done = 0;
  while (at < disk_.bytes && from.remaining() != 0) {
    const Stretch part = stretch(at, from.remaining());
    // What is not replaced of the sectors stays, also where the guest's memory ends early.
    const bool whole = part.within == 0 && part.length == part.bytes;
    if (!whole) TRY(read_sectors(part, room, from.hold()));
    const std::size_t moved = from.take(room.memory().subspan(part.within, part.length));
    if (moved == 0) break;
    Stretch written = part;
    if (whole && moved < part.length) written.bytes = static_cast<std::uint32_t>(moved / disk_.sector_bytes * disk_.sector_bytes);
    if (written.bytes == 0) break;
    if (const auto wrote = write_sectors(written, room, from.hold()); !wrote) return done != 0 ? Result<std::size_t>(done) : fail(wrote.error());
    const std::size_t counted = std::min<std::size_t>(moved, written.bytes - part.within);
    done += counted;
    at += counted;
    if (moved < part.length) break;
  }
  if (done == 0 && from.faulted()) return fail(Errno::efault);
  if ((flags() & kOpenDataSync) != 0) TRY(volume_.device_flush(from.hold()));
  return done;
}

Result<std::uint64_t> DiskDeviceFile::seek(std::int64_t offset, int whence) {
  position = TRY(seek_position(position, disk_.bytes, offset, whence));
  return position;
}

Result<std::int64_t> DiskDeviceFile::ioctl(std::uint32_t request, std::uint64_t argument) {
  switch (request) {
    case kGetReadOnly: TRY(write_guest(argument, disk_.read_only)); return 0;
    case kGetSize: TRY(write_guest(argument, disk_.bytes / 512)); return 0;
    case kGetSize64: TRY(write_guest(argument, disk_.bytes)); return 0;
    case kGetSectorBytes:
    case kGetPhysicalBytes: TRY(write_guest(argument, disk_.sector_bytes)); return 0;
    case kGetBlockBytes: TRY(write_guest(argument, std::uint64_t{kPageBytes})); return 0;
    case kFlush: TRY(volume_.device_flush(Hold::leave)); return 0;
    case kReadTable: return fail(Errno::ebusy);  // read once, at the start
    default: return fail(Errno::enotty);
  }
}

}  // namespace tessera::lx
