// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/file_data.hpp"

#include <algorithm>

#include "components/fs/ext4/allocator.hpp"
#include "components/fs/ext4/extent_tree.hpp"
#include "components/fs/ext4/inline_data.hpp"
#include "components/fs/ext4/orphans.hpp"
#include "components/fs/ext4/removal.hpp"
#include "components/fs/ext4/tasks.hpp"

namespace tessera::fs::ext4 {

namespace {

// The one block of memory to change parts of blocks in.
class Bounce {
 public:
  explicit Bounce(Volume& volume) : volume_(volume) {}
  Bounce(const Bounce&) = delete;
  Bounce& operator=(const Bounce&) = delete;
  ~Bounce() {
    if (!taken_) return;
    volume_.bounce_taken = false;
    volume_.bounce_free.raise();
  }
  Io<> take() {
    while (volume_.bounce_taken) {
      if (!co_await volume_.bounce_free.wait()) co_return fail(Error::io);
    }
    volume_.bounce_taken = taken_ = true;
    co_return Result<void>();
  }

 private:
  Volume& volume_;
  bool taken_ = false;
};

Result<Inode> open_file(Operation& operation, std::uint32_t number) {
  Inode inode = TRY(Inode::open(operation, number));
  if (inode.is_directory()) return fail(Error::is_directory);
  if (inode.type() != mode::kRegular) return fail(Error::invalid);
  return inode;
}

Io<> move_out(Volume& volume, std::uint32_t number, std::uint64_t size) {
  if (size == 0) {
    co_return co_await change(volume, [&](Operation& operation) -> Result<void> {
      Inode inode = TRY(open_file(operation, number));
      return move_inline_out(operation, inode);
    });
  }
  Bounce bounce(volume);
  if (const Result<void> taken = co_await bounce.take(); !taken) co_return taken;
  const Result<std::uint64_t> goal = co_await look(volume, [&](Operation& operation) -> Result<std::uint64_t> {
    const Inode inode = TRY(open_file(operation, number));
    clear(volume.bounce);
    (void)TRY(read_inline(inode, 0, volume.bounce));
    return goal_of(inode);
  });
  if (!goal) co_return fail(goal.error());
  const Result<Range> block = co_await reserve_blocks(volume, *goal, 1);
  if (!block) co_return fail(block.error());
  const std::span<std::byte> from = volume.bounce;
  Result<void> done = co_await volume.device.write(block->first << volume.geometry.block_shift, std::span(&from, 1), false);
  ++volume.data_written;
  if (done) {
    done = co_await change(volume, [&](Operation& operation) -> Result<void> {
      Inode inode = TRY(open_file(operation, number));
      return move_inline_out(operation, inode, *block);
    });
  }
  if (!done) release_blocks(volume, *block);
  co_return done;
}

}  // namespace

std::uint64_t most_file_bytes(const Geometry& geometry) { return (kMostFileBlocks - 1) << geometry.block_shift; }

Io<std::uint64_t> prepare_file(Volume& volume, std::uint32_t number) {
  bool is_inline = false;
  const Result<std::uint64_t> size = co_await look(volume, [&](Operation& operation) -> Result<std::uint64_t> {
    const Inode inode = TRY(open_file(operation, number));
    is_inline = inode.has(in::kInlineDataFlag);
    return inode.size();
  });
  if (size && is_inline) {
    if (const Result<void> moved = co_await move_out(volume, number, *size); !moved) co_return fail(moved.error());
  }
  co_return size;
}

Io<> zero_in_block(Volume& volume, std::uint32_t number, std::uint64_t from, std::uint64_t to) {
  const std::uint32_t shift = volume.geometry.block_shift;
  const Result<Mapping> mapping = co_await look(volume, [&](Operation& operation) -> Result<Mapping> {
    return map_block(operation, TRY(open_file(operation, number)), from >> shift, 1);
  });
  if (!mapping) co_return fail(mapping.error());
  if (!mapping->written() || from == to) co_return Result<void>();
  Bounce bounce(volume);
  if (const Result<void> taken = co_await bounce.take(); !taken) co_return taken;
  const std::span<std::byte> block = volume.bounce;
  const std::uint64_t place = mapping->physical << shift;
  if (const Result<void> came = co_await volume.device.read(place, std::span(&block, 1)); !came) co_return came;
  const std::size_t first = static_cast<std::size_t>(from % volume.geometry.block_bytes);
  clear(block.subspan(first, static_cast<std::size_t>(to - from)));
  const Result<void> wrote = co_await volume.device.write(place, std::span(&block, 1), false);
  ++volume.data_written;
  co_return wrote;
}

Io<> punch(Volume& volume, std::uint32_t number, std::uint64_t from, std::uint64_t to) {
  const std::uint32_t shift = volume.geometry.block_shift, block_bytes = volume.geometry.block_bytes;
  const std::uint64_t first = (from + block_bytes - 1) >> shift, end = to >> shift;
  if (first > end) co_return co_await zero_in_block(volume, number, from, to);
  if (from % block_bytes != 0) {
    if (const Result<void> done = co_await zero_in_block(volume, number, from, first << shift); !done) co_return done;
  }
  if (to % block_bytes != 0) {
    if (const Result<void> done = co_await zero_in_block(volume, number, end << shift, to); !done) co_return done;
  }
  for (std::uint64_t left = end; left > first;) {
    const Result<std::uint64_t> now = co_await change(volume, [&](Operation& operation) -> Result<std::uint64_t> {
      Inode inode = TRY(open_file(operation, number));
      if (!inode.has(in::kExtentsFlag)) return fail(Error::unsupported);
      operation.notes.push_back({.inode = number, .data = true});
      return remove_extents(operation, inode, first, left);
    });
    if (!now) co_return fail(now.error());
    left = *now;
  }
  co_return Result<void>();
}

Io<> allocate_unwritten(Volume& volume, std::uint32_t number, std::uint64_t from, std::uint64_t to) {
  const std::uint32_t shift = volume.geometry.block_shift;
  const std::uint64_t end = (to + volume.geometry.block_bytes - 1) >> shift;
  for (std::uint64_t at = from >> shift; at < end;) {
    const Result<std::uint64_t> step = co_await change(volume, [&](Operation& operation) -> Result<std::uint64_t> {
      Inode inode = TRY(open_file(operation, number));
      if (!inode.has(in::kExtentsFlag)) return fail(Error::unsupported);
      const Mapping mapping = TRY(map_block(operation, inode, at, end - at));
      if (!mapping.hole()) return mapping.count;
      const std::uint64_t goal = TRY(data_goal(operation, inode, at));
      const Range range = TRY(allocate_blocks(operation, goal, std::min<std::uint64_t>(mapping.count, kMostUnwritten)));
      TRY(insert_extent(operation, inode,
                        {.logical = at, .physical = range.first, .count = static_cast<std::uint32_t>(range.count), .unwritten = true}));
      operation.notes.push_back({.inode = number, .data = true});
      return range.count;
    });
    if (!step) co_return fail(step.error());
    at += *step;
  }
  co_return Result<void>();
}

Io<> resize(Volume& volume, std::uint32_t number, std::uint64_t size) {
  const std::uint32_t block_bytes = volume.geometry.block_bytes, shift = volume.geometry.block_shift;
  if (size > most_file_bytes(volume.geometry)) co_return fail(Error::too_large);
  const Result<std::uint64_t> old = co_await prepare_file(volume, number);
  if (!old) co_return fail(old.error());
  // What lies behind the end in the last block must be zeros when the file grows over it.
  if (size > *old && *old % block_bytes != 0) {
    const std::uint64_t end = std::min(size, (*old / block_bytes + 1) * block_bytes);
    if (const Result<void> done = co_await zero_in_block(volume, number, *old, end); !done) co_return done;
  }
  const std::uint64_t first = (size + block_bytes - 1) >> shift;
  const Result<bool> whole = co_await change(volume, [&](Operation& operation) -> Result<bool> {
    Inode inode = TRY(open_file(operation, number));
    TRY(inode.set_size(size));
    operation.notes.push_back({.inode = number, .data = true});
    if (size >= *old || TRY(free_behind(operation, inode, first))) return true;
    // The rest is gone on with, also after a crash.
    if (!volume.orphaned(number)) TRY(add_orphan(operation, inode));
    return false;
  });
  if (!whole) co_return fail(whole.error());
  if (size < *old && size % block_bytes != 0) {
    const Result<void> done = co_await zero_in_block(volume, number, size, (size / block_bytes + 1) * block_bytes);
    if (!done) co_return done;
  }
  if (*whole) co_return Result<void>();
  const Result<std::uint32_t> links = co_await look(volume, [&](Operation& operation) -> Result<std::uint32_t> {
    return TRY(Inode::open(operation, number)).links();
  });
  if (!links) co_return fail(links.error());
  if (*links != 0) co_return co_await finish_cut(volume, number);
  // Without names it stays an orphan.
  Result<bool> done = false;
  while (done && !*done) {
    done = co_await change(volume, [&](Operation& operation) -> Result<bool> {
      Inode inode = TRY(open_file(operation, number));
      return free_behind(operation, inode, first);
    });
  }
  if (!done) co_return fail(done.error());
  co_return Result<void>();
}

}  // namespace tessera::fs::ext4
