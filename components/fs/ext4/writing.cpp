// SPDX-License-Identifier: Apache-2.0
// Changing files: data goes to the disk before the metadata that means it is changed.
#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/attributes.hpp"
#include "components/fs/ext4/extent_tree.hpp"
#include "components/fs/ext4/file_data.hpp"
#include "components/fs/ext4/instance.hpp"
#include "components/fs/pieces.hpp"

namespace tessera::fs::ext4 {

namespace {

struct WriteRequest {
  std::uint32_t number;
  std::uint64_t offset, bytes;
  BlockDevice::Pieces from;
  std::uint64_t size;  // of the file afterwards, at least
  Time now;
  bool whole;  // all that the pieces hold
  [[nodiscard]] std::uint64_t end() const { return offset + bytes; }
};

// Where a part of it goes.
struct Target {
  Mapping mapping;
  std::uint64_t goal = 0;
  std::uint64_t size = 0;  // of the file now
};

Result<Target> target_at(Operation& operation, const WriteRequest& request, std::uint64_t at) {
  const Geometry& geometry = operation.volume.geometry;
  const Inode inode = TRY(Inode::open(operation, request.number));
  if (inode.is_directory()) return fail(Error::is_directory);
  if (inode.type() != mode::kRegular) return fail(Error::invalid);
  if (inode.has(in::kInlineDataFlag)) return Target{.mapping = {.count = 1}, .size = inode.size()};
  const std::uint64_t logical = at >> geometry.block_shift;
  const std::uint64_t blocks = ((request.end() + geometry.block_bytes - 1) >> geometry.block_shift) - logical;
  Target target{.mapping = TRY(map_block(operation, inode, logical, blocks)), .size = inode.size()};
  if (!target.mapping.hole()) return target;
  if (!inode.has(in::kExtentsFlag)) return fail(Error::unsupported);
  target.goal = TRY(data_goal(operation, inode, logical));
  return target;
}

Result<void> note_written(Operation& operation, Inode& inode, const WriteRequest& request, std::uint64_t end) {
  const std::uint64_t size = std::max(inode.size(), std::min(request.size, end));
  const bool grows = size != inode.size();
  operation.notes.push_back({.inode = inode.number(), .data = grows});
  if (grows) TRY(inode.set_size(size));
  return inode.set_times(AttributeChange::kModified | AttributeChange::kChanged, request.now);
}

// Puts the bytes [at, end) of the request on the disk from `place` on, which is where block `at` lies in begins, with
// zeros around them up to whole blocks if `fill`.
Io<> put_data(Volume& volume, const WriteRequest& request, std::uint64_t at, std::uint64_t end, std::uint64_t place, bool fill) {
  const std::uint32_t block_bytes = volume.geometry.block_bytes;
  const std::uint64_t head = at % block_bytes, tail = (block_bytes - end % block_bytes) % block_bytes;
  Result<void> done;
  if (at == request.offset && end == request.end() && request.whole && (!fill || (head == 0 && tail == 0))) {
    done = co_await volume.device.write(place + head, request.from, false);
  } else {
    std::vector<std::span<std::byte>> pieces;
    if (fill && head != 0) pieces.push_back(volume.zeros.first(static_cast<std::size_t>(head)));
    slice(request.from, at - request.offset, end - at, pieces);
    if (fill && tail != 0) pieces.push_back(volume.zeros.first(static_cast<std::size_t>(tail)));
    done = co_await volume.device.write(fill ? place : place + head, pieces, false);
  }
  ++volume.data_written;
  co_return done;
}

// One run of blocks; how far that went. `known`: where `at` goes, if that was looked for under the same lock.
Io<std::uint64_t> write_some(Volume& volume, const WriteRequest& request, std::uint64_t at, const Target* known = nullptr) {
  const std::uint32_t shift = volume.geometry.block_shift;
  Result<Target> target = fail(Error::io);
  if (known != nullptr) target = *known;
  else target = co_await look(volume, [&](Operation& operation) { return target_at(operation, request, at); });
  if (!target) co_return fail(target.error());
  const Mapping& mapping = target->mapping;
  const std::uint64_t logical = at >> shift;
  Range range{.first = mapping.physical, .count = mapping.count};
  if (mapping.hole()) {
    const Result<Range> reserved = co_await reserve_blocks(volume, target->goal, std::min<std::uint64_t>(mapping.count, kMostWritten));
    if (!reserved) co_return fail(reserved.error());
    range = *reserved;
  }
  const std::uint64_t end = std::min(request.end(), (logical + range.count) << shift);
  Result<void> done = co_await put_data(volume, request, at, end, range.first << shift, !mapping.written());
  const bool last = end == request.end();
  if (done && (!mapping.written() || last)) {
    done = co_await change(volume, [&](Operation& operation) -> Result<void> {
      Inode inode = TRY(Inode::open(operation, request.number));
      if (mapping.hole()) {
        TRY(take_blocks(operation, range));
        operation.taken.push_back(range);
        TRY(insert_extent(operation, inode,
                          {.logical = logical, .physical = range.first, .count = static_cast<std::uint32_t>(range.count), .unwritten = false}));
      } else if (mapping.unwritten) {
        TRY(mark_written(operation, inode, logical, ((end + volume.geometry.block_bytes - 1) >> shift) - logical));
      }
      if (!mapping.written()) operation.notes.push_back({.inode = request.number, .data = true});
      return note_written(operation, inode, request, last ? request.size : end);
    });
  }
  if (!done && mapping.hole()) release_blocks(volume, range);
  if (!done) co_return fail(done.error());
  co_return end;
}

// Whether all of it goes over blocks that are written already, and the size stays. `first`: where its first run goes.
Io<bool> overwrites(Volume& volume, const WriteRequest& request, Target& first) {
  const std::uint32_t shift = volume.geometry.block_shift;
  for (std::uint64_t at = request.offset; at < request.end();) {
    const Result<Target> target = co_await look(volume, [&](Operation& operation) { return target_at(operation, request, at); });
    if (!target) co_return fail(target.error());
    if (at == request.offset) first = *target;
    if (!target->mapping.written() || request.size > target->size || request.offset > target->size) co_return false;
    at = ((at >> shift) + target->mapping.count) << shift;
  }
  co_return true;
}

}  // namespace

Io<> Instance::write(InodeNumber inode, std::uint64_t offset, Pieces from, std::uint64_t size, Time now) {
  Volume& volume = *volume_;
  const std::uint64_t bytes = bytes_of(from);
  const std::uint32_t sector = volume.device.facts().sector_bytes;
  if (volume.read_only) co_return fail(Error::read_only);
  if (inode == 0 || inode > volume.geometry.inodes) co_return fail(Error::stale);
  if (offset % sector != 0 || bytes % sector != 0 || bytes == 0) co_return fail(Error::invalid);
  const std::uint64_t most = most_file_bytes(volume.geometry);
  if (offset > most || bytes > most - offset || size > most) co_return fail(Error::too_large);
  WriteRequest request{
      .number = static_cast<std::uint32_t>(inode), .offset = offset, .bytes = bytes, .from = from, .size = size, .now = now, .whole = true};
  {
    InodeLock lock;
    if (const Result<void> taken = co_await lock.take(volume, request.number, InodeLock::Mode::shared); !taken) co_return taken;
    Target first;
    const Result<bool> simple = co_await overwrites(volume, request, first);
    if (!simple) co_return fail(simple.error());
    std::uint64_t at = offset;
    while (*simple && at < request.end()) {
      const Result<std::uint64_t> done = co_await write_some(volume, request, at, at == offset ? &first : nullptr);
      if (!done) co_return fail(done.error());
      at = *done;
    }
    if (*simple) co_return Result<void>();
  }
  InodeLock lock;
  if (const Result<void> taken = co_await lock.take(volume, request.number, InodeLock::Mode::exclusive); !taken) co_return taken;
  const Result<std::uint64_t> old = co_await prepare_file(volume, request.number);
  if (!old) co_return fail(old.error());
  const std::uint32_t block_bytes = volume.geometry.block_bytes;
  // Blocks behind the end are not to be the file's.
  const std::uint64_t last = (std::max(size, *old) + block_bytes - 1) / block_bytes * block_bytes;
  if (offset >= last) co_return Result<void>();
  if (request.end() > last) {
    request.bytes = last - offset;
    request.whole = false;
  }
  if (offset > *old && *old % block_bytes != 0) {
    const std::uint64_t end = std::min(offset, (*old / block_bytes + 1) * block_bytes);
    if (const Result<void> done = co_await zero_in_block(volume, request.number, *old, end); !done) co_return done;
  }
  for (std::uint64_t at = offset; at < request.end();) {
    const Result<std::uint64_t> done = co_await write_some(volume, request, at);
    if (!done) co_return fail(done.error());
    at = *done;
  }
  co_return Result<void>();
}

Io<Attributes> Instance::change_attributes(InodeNumber number, const AttributeChange& change_wanted) {
  Volume& volume = *volume_;
  const AttributeChange wanted = change_wanted;
  if (volume.read_only) co_return fail(Error::read_only);
  if (number == 0 || number > volume.geometry.inodes) co_return fail(Error::stale);
  const auto inode_number = static_cast<std::uint32_t>(number);
  if ((wanted.which & AttributeChange::kSize) != 0) {
    InodeLock lock;
    if (const Result<void> taken = co_await lock.take(volume, inode_number, InodeLock::Mode::exclusive); !taken) co_return fail(taken.error());
    if (const Result<void> done = co_await resize(volume, inode_number, wanted.to.size); !done) co_return fail(done.error());
  }
  co_return co_await change(volume, [&wanted, number](Operation& operation) -> Result<Attributes> {
    Inode inode = TRY(Inode::open(operation, number));
    const Room raw = TRY(inode.edit());
    operation.notes.push_back({.inode = inode.number(), .data = (wanted.which & AttributeChange::kSize) != 0});
    if ((wanted.which & AttributeChange::kMode) != 0) put16(raw, in::kMode, inode.type() | (wanted.to.mode & 07777));
    if ((wanted.which & AttributeChange::kUid) != 0) {
      put16(raw, in::kUid, wanted.to.uid);
      put16(raw, in::kUidHigh, wanted.to.uid >> 16);
    }
    if ((wanted.which & AttributeChange::kGid) != 0) {
      put16(raw, in::kGid, wanted.to.gid);
      put16(raw, in::kGidHigh, wanted.to.gid >> 16);
    }
    TRY(inode.set_times(wanted.which & AttributeChange::kAccessed, wanted.to.accessed));
    TRY(inode.set_times(wanted.which & AttributeChange::kModified, wanted.to.modified));
    TRY(inode.set_times(wanted.which & AttributeChange::kChanged, wanted.to.changed));
    return inode.attributes();
  });
}

Io<> Instance::allocate(InodeNumber inode, std::uint32_t flags, std::uint64_t offset, std::uint64_t bytes, Time now) {
  Volume& volume = *volume_;
  const bool hole = (flags & kAllocatePunchHole) != 0, zero = (flags & kAllocateZeroRange) != 0, keep_size = (flags & kAllocateKeepSize) != 0;
  if ((flags & ~(kAllocateKeepSize | kAllocatePunchHole | kAllocateZeroRange)) != 0) co_return fail(Error::unsupported);
  if (bytes == 0 || (hole && (zero || !keep_size))) co_return fail(Error::invalid);
  if (volume.read_only) co_return fail(Error::read_only);
  if (inode == 0 || inode > volume.geometry.inodes) co_return fail(Error::stale);
  const std::uint64_t most = most_file_bytes(volume.geometry);
  if (offset > most || bytes > most - offset) co_return fail(Error::too_large);
  const auto number = static_cast<std::uint32_t>(inode);
  const std::uint64_t end = offset + bytes;
  InodeLock lock;
  if (const Result<void> taken = co_await lock.take(volume, number, InodeLock::Mode::exclusive); !taken) co_return taken;
  const Result<std::uint64_t> old = co_await prepare_file(volume, number);
  if (!old) co_return fail(old.error());
  Result<void> done;
  if (hole || zero) done = co_await punch(volume, number, offset, end);
  if (done && !hole) done = co_await allocate_unwritten(volume, number, offset, end);
  if (done && !hole && !keep_size && end > *old) done = co_await resize(volume, number, end);
  if (!done) co_return done;
  co_return co_await change(volume, [number, now](Operation& operation) -> Result<void> {
    Inode of = TRY(Inode::open(operation, number));
    return of.set_times(AttributeChange::kModified | AttributeChange::kChanged, now);
  });
}

Io<> Instance::set_extended(InodeNumber number, std::string_view name, std::span<const std::byte> value, std::uint32_t flags, Time now) {
  return change(*volume_, [=](Operation& operation) -> Result<void> {
    Inode inode = TRY(Inode::open(operation, number));
    TRY(set_attribute(operation, inode, name, value, flags));
    operation.notes.push_back({.inode = inode.number(), .data = true});
    return inode.set_times(AttributeChange::kChanged, now);
  });
}

Io<> Instance::remove_extended(InodeNumber number, std::string_view name, Time now) {
  return change(*volume_, [=](Operation& operation) -> Result<void> {
    Inode inode = TRY(Inode::open(operation, number));
    TRY(remove_attribute(operation, inode, name));
    operation.notes.push_back({.inode = inode.number(), .data = true});
    return inode.set_times(AttributeChange::kChanged, now);
  });
}

Io<> Instance::sync(InodeNumber inode, bool data_only) {
  Volume& volume = *volume_;
  if (volume.failed) co_return fail(Error::io);
  if (!volume.was_writable) co_return Result<void>();
  if (inode == 0) co_return co_await commit_all(volume);
  const auto found = volume.inodes.find(static_cast<std::uint32_t>(inode));
  if (found != volume.inodes.end()) {
    const std::uint32_t number = data_only ? found->second.data_changed_in : found->second.changed_in;
    if (const Result<void> done = co_await commit_until(volume, number); !done) co_return done;
  }
  co_return co_await flush_data(volume);
}

}  // namespace tessera::fs::ext4
