// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/transaction.hpp"

#include <algorithm>

#include "components/fs/ext4/groups.hpp"
#include "components/fs/ext4/inode_lock.hpp"
#include "components/fs/ext4/journal.hpp"
#include "components/fs/ext4/seal.hpp"
#include "components/fs/ext4/tasks.hpp"

namespace tessera::fs::ext4 {

namespace {

// Checksums, and the counters of the superblock.
void seal_all(Volume& volume, const Transaction& work) {
  const Geometry& geometry = volume.geometry;
  for (const Entry* const entry : work.blocks) {
    if (entry->kind == Kind::block_bitmap || entry->kind == Kind::inode_bitmap) seal_bitmap(volume, *entry);
  }
  for (Entry* const entry : work.blocks) {
    const Room contents = volume.cache.contents(*entry);
    if (entry->kind == Kind::superblock) put_counters(volume, contents.subspan(geometry.superblock_offset(), sb::kBytes));
    seal(geometry, entry->kind, entry->seed, entry->block, contents, std::exchange(entry->changed, 0));
  }
}

// Without a journal: to their places, at once but not all or nothing.
Io<> write_in_place(Volume& volume, const std::vector<std::uint64_t>& homes) {
  const std::uint32_t block_bytes = volume.geometry.block_bytes;
  for (std::size_t at = 0; at < homes.size();) {
    const std::size_t first = at;
    do ++at;
    while (at < homes.size() && homes[at] == homes[at - 1] + 1);
    const std::span<std::byte> blocks =
        volume.staging.subspan((volume.journal_overhead + first) * block_bytes, (at - first) * block_bytes);
    if (const Result<void> wrote = co_await volume.device.write(homes[first] * block_bytes, std::span(&blocks, 1), false); !wrote) {
      co_return wrote;
    }
  }
  co_return co_await volume.device.flush();
}

// What the transaction freed may be used again; nothing of it is written home any more.
Io<> release_freed(Volume& volume, const Transaction& work) {
  for (const std::uint64_t block : work.revoked) {
    for (;;) {
      Entry* const entry = volume.cache.find(block);
      if (entry == nullptr) break;
      entry->dirty = false;
      if (entry->writing || entry->reading) {
        if (const Result<void> waited = co_await volume.cache.wait(); !waited) co_return waited;
        continue;
      }
      if (entry->evictable()) volume.cache.drop(*entry);
      break;
    }
  }
  for (const Range& range : work.freed) {
    volume.busy.remove(range);
    volume.freed_blocks -= range.count;
  }
  co_return Result<void>();
}

Io<> commit_running(Volume& volume) {
  Transaction work = std::move(volume.running);
  volume.running = Transaction{.number = work.number + 1, .blocks = {}, .revoked = {}, .freed = {}};
  std::ranges::sort(work.blocks, {}, &Entry::block);
  seal_all(volume, work);
  std::vector<std::uint64_t> homes;
  for (Entry* const entry : work.blocks) {
    entry->running = false;
    entry->committing = true;
    if (entry->freed) continue;
    const std::size_t place = (volume.journal_overhead + homes.size()) * volume.geometry.block_bytes;
    copy(volume.staging.subspan(place), volume.cache.contents(*entry));
    homes.push_back(entry->block);
  }
  const std::uint64_t data = volume.data_written;
  Result<void> done = volume.journal ? co_await volume.journal->write(homes, work.revoked) : co_await write_in_place(volume, homes);
  for (Entry* const entry : work.blocks) {
    entry->committing = false;
    entry->dirty = volume.journal != nullptr;
  }
  if (done) done = co_await release_freed(volume, work);
  if (!done) co_return done;
  volume.data_durable = std::max(volume.data_durable, data);
  volume.durable = work.number;
  std::erase_if(volume.inodes, [&](const auto& pair) {
    const InodeState& state = pair.second;
    return state.kept == 0 && state.readers == 0 && state.waiting == 0 && !state.writer && state.changed_in <= volume.durable;
  });
  co_return Result<void>();
}

Io<> empty_journal(Volume& volume) {
  while (volume.cache.dirty() != 0) {
    if (volume.cache.writable() == 0) co_return fail(Error::no_memory);  // somebody passed the gate
    if (const Result<void> wrote = co_await volume.cache.write_home(); !wrote) co_return wrote;
  }
  const std::uint64_t data = volume.data_written;
  if (const Result<void> flushed = co_await volume.device.flush(); !flushed) co_return flushed;
  volume.data_durable = std::max(volume.data_durable, data);
  if (volume.journal) co_return co_await volume.journal->forget_all();
  co_return Result<void>();
}

// Commits what is running, and empties the journal if that is wanted or needed. One at a time.
Io<> commit_now(Volume& volume, bool empty) {
  volume.committing = true;
  // There must be room for the next, whatever is in it.
  const std::uint32_t whole = volume.most_blocks + volume.journal_overhead;
  if (volume.journal && volume.journal->room() < 2 * whole) empty = true;
  volume.gate = empty;
  Result<void> done;
  if (!volume.running.empty()) done = co_await commit_running(volume);
  if (done && empty) done = co_await empty_journal(volume);
  // A quarter of the cache at most waits to be written home, another runs, a third is being committed: operations
  // always find the rest.
  if (done && !empty && volume.cache.dirty() > volume.cache.size() / 4) done = co_await volume.cache.write_home();
  if (!done) volume.failed = volume.read_only = true;
  volume.committing = false;
  volume.gate = false;
  volume.moved.raise();
  co_return done;
}

std::uint32_t last_number(const Volume& volume) { return volume.running.empty() ? volume.running.number - 1 : volume.running.number; }

}  // namespace

void put_counters(const Volume& volume, Room superblock) {
  put32(superblock, sb::kFreeBlocks, static_cast<std::uint32_t>(volume.free_blocks));
  if (volume.geometry.has_incompat(feature::k64Bit)) put32(superblock, sb::kFreeBlocksHigh, static_cast<std::uint32_t>(volume.free_blocks >> 32));
  put32(superblock, sb::kFreeInodes, static_cast<std::uint32_t>(volume.free_inodes));
}

Io<> commit_until(Volume& volume, std::uint32_t number) {
  while (volume.durable < number) {
    if (volume.failed) co_return fail(Error::io);
    if (volume.committing) {
      if (!co_await volume.moved.wait()) co_return fail(Error::io);
      continue;
    }
    if (const Result<void> done = co_await commit_now(volume, false); !done) co_return done;
  }
  co_return Result<void>();
}

Io<> flush_data(Volume& volume) {
  const std::uint64_t data = volume.data_written;
  if (volume.data_durable >= data) co_return Result<void>();
  if (const Result<void> flushed = co_await volume.device.flush(); !flushed) co_return flushed;
  volume.data_durable = std::max(volume.data_durable, data);
  co_return Result<void>();
}

Io<> commit_all(Volume& volume) {
  if (const Result<void> done = co_await commit_until(volume, last_number(volume)); !done) co_return done;
  co_return co_await flush_data(volume);
}

Io<> checkpoint(Volume& volume) {
  while (volume.committing) {
    if (!co_await volume.moved.wait()) co_return fail(Error::io);
  }
  if (volume.failed) co_return fail(Error::io);
  co_return co_await commit_now(volume, true);
}

Io<> note_corruption(Volume& volume) {
  if (volume.read_only) co_return Result<void>();
  volume.read_only = true;
  while (volume.gate) {
    if (!co_await volume.moved.wait()) co_return fail(Error::io);
  }
  const std::uint64_t block = volume.geometry.superblock_block();
  for (unsigned attempt = 0; attempt < 100; ++attempt) {
    Error wish{};
    {
      Operation operation(volume);
      const Result<Room> edited = operation.edit(block, Kind::superblock, 0, volume.geometry.superblock_offset(), sb::kBytes);
      if (edited) {
        const Room raw = edited->subspan(volume.geometry.superblock_offset(), sb::kBytes);
        put16(raw, sb::kState, get16(raw, sb::kState) | sb::kStateErrors);
        put32(raw, sb::kErrorCount, get32(raw, sb::kErrorCount) + 1);
        operation.finish();
        co_return co_await commit_all(volume);
      }
      wish = edited.error();
    }
    if (wish == Error::corrupt) break;
    if (const Result<void> done = co_await provide(volume, wish, block, 1); !done) co_return done;
  }
  co_return Result<void>();
}

Io<> provide(Volume& volume, Error wish, std::uint64_t block, std::uint32_t count) {
  if (wish == kMissing) {
    const std::uint64_t most = std::max<std::uint64_t>(volume.geometry.blocks - std::min(block, volume.geometry.blocks), 1);
    const Result<void> came = co_await volume.cache.fetch(block, static_cast<std::uint32_t>(std::min<std::uint64_t>(count, most)));
    if (came || came.error() != Error::no_memory) co_return came;
    wish = kCacheFull;
  }
  if (wish == kTransactionFull || wish == kCacheFull) {
    if (wish == kCacheFull && volume.cache.writable() != 0) co_return co_await volume.cache.write_home();
    // An operation that needs more than a whole transaction can never be.
    if (volume.running.empty() && !volume.committing) co_return fail(Error::no_memory);
    co_return co_await commit_until(volume, last_number(volume));
  }
  // What was freed is there after a commit.
  if (wish == Error::no_space && volume.freed_blocks != 0 && !volume.failed) co_return co_await commit_until(volume, last_number(volume));
  if (wish == Error::corrupt) (void)co_await note_corruption(volume);
  co_return fail(wish);
}

}  // namespace tessera::fs::ext4
