// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/cache.hpp"

#include <algorithm>
#include <bit>

#include "components/fs/try.hpp"

namespace tessera::fs::ext4 {

namespace {
constexpr std::size_t kMostPieces = 64;
}

Cache::Cache(BlockDevice& device, std::uint32_t block_bytes, std::span<std::byte> memory)
    : device_(device), block_bytes_(block_bytes), memory_(memory), entries_(memory.size() / block_bytes),
      buckets_(std::bit_ceil(entries_.size() + 1), Entry::kNone) {
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    entries_[i].self = i;
    link_newest(entries_[i]);
  }
}

std::uint32_t& Cache::bucket(std::uint64_t block) {
  return buckets_[(block * 0x9e37'79b9'7f4a'7c15 >> 32) & (buckets_.size() - 1)];
}

Entry* Cache::find(std::uint64_t block) {
  for (std::uint32_t at = bucket(block); at != Entry::kNone; at = entries_[at].next_in_bucket) {
    if (entries_[at].block == block) return &entries_[at];
  }
  return nullptr;
}

void Cache::unlink(Entry& entry) {
  (entry.newer == Entry::kNone ? newest_ : entries_[entry.newer].older) = entry.older;
  (entry.older == Entry::kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
}

void Cache::link_newest(Entry& entry) {
  entry.newer = Entry::kNone;
  entry.older = newest_;
  (newest_ == Entry::kNone ? oldest_ : entries_[newest_].newer) = entry.self;
  newest_ = entry.self;
}

void Cache::link_oldest(Entry& entry) {
  entry.older = Entry::kNone;
  entry.newer = oldest_;
  (oldest_ == Entry::kNone ? newest_ : entries_[oldest_].older) = entry.self;
  oldest_ = entry.self;
}

void Cache::use(Entry& entry) {
  if (newest_ == entry.self) return;
  unlink(entry);
  link_newest(entry);
}

void Cache::drop(Entry& entry) {
  if (entry.block != Entry::kNoBlock) {
    std::uint32_t* at = &bucket(entry.block);
    while (*at != entry.self) at = &entries_[*at].next_in_bucket;
    *at = entry.next_in_bucket;
  }
  unlink(entry);
  const std::uint32_t self = entry.self;
  entry = Entry{};
  entry.self = self;
  link_oldest(entry);
}

Entry* Cache::make(std::uint64_t block, std::uint64_t operation) {
  for (std::uint32_t at = oldest_; at != Entry::kNone; at = entries_[at].newer) {
    Entry& entry = entries_[at];
    if (!entry.evictable() || (operation != 0 && entry.operation == operation)) continue;
    drop(entry);
    entry.block = block;
    std::uint32_t& head = bucket(block);
    entry.next_in_bucket = head;
    head = entry.self;
    use(entry);
    return &entry;
  }
  return nullptr;
}

Io<> Cache::fetch(std::uint64_t block, std::uint32_t count) {
  for (;;) {
    Entry* const there = find(block);
    if (there != nullptr && there->present) co_return Result<void>();
    if (there != nullptr) {
      if (!co_await came_.wait()) co_return fail(Error::io);
      continue;
    }
    std::vector<Entry*> coming;
    std::vector<std::span<std::byte>> pieces;
    for (std::uint64_t next = block; next < block + count && coming.size() < kMostPieces; ++next) {
      if (find(next) != nullptr) break;
      Entry* const entry = make(next, 0);
      if (entry == nullptr) break;
      entry->reading = true;
      coming.push_back(entry);
      pieces.push_back(contents(*entry));
    }
    if (coming.empty()) {
      if (writable() == 0) co_return fail(Error::no_memory);
      if (const Result<void> written = co_await write_home(); !written) co_return written;
      continue;
    }
    const Result<void> done = co_await device_.read(block * block_bytes_, pieces);
    for (Entry* const entry : coming) {
      entry->reading = false;
      entry->present = done.has_value();
      if (!done) drop(*entry);
    }
    came_.raise();
    co_return done;
  }
}

Io<> Cache::wait() {
  if (!co_await came_.wait()) co_return fail(Error::io);
  co_return Result<void>();
}

std::uint32_t Cache::dirty() const {
  return static_cast<std::uint32_t>(std::ranges::count_if(entries_, [](const Entry& entry) { return entry.dirty; }));
}

std::uint32_t Cache::writable() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(entries_, [](const Entry& entry) { return entry.writing || (entry.dirty && !entry.running && !entry.committing); }));
}

Io<> Cache::write_home() {
  std::vector<Entry*> all;
  for (Entry& entry : entries_) {
    if (entry.dirty && !entry.running && !entry.committing && !entry.writing) all.push_back(&entry);
  }
  if (all.empty()) {
    // Somebody else writes them.
    if (std::ranges::any_of(entries_, [](const Entry& entry) { return entry.writing; }) && !co_await came_.wait()) {
      co_return fail(Error::io);
    }
    co_return Result<void>();
  }
  std::ranges::sort(all, {}, &Entry::block);
  for (Entry* const entry : all) entry->writing = true;
  Result<void> result;
  for (std::size_t at = 0; at < all.size();) {
    std::vector<std::span<std::byte>> pieces;
    const std::size_t first = at;
    do {
      all[at]->changed_meanwhile = all[at]->running;
      pieces.push_back(contents(*all[at]));
      ++at;
    } while (at < all.size() && all[at]->block == all[at - 1]->block + 1 && pieces.size() < kMostPieces);
    if (result) result = co_await device_.write(all[first]->block * block_bytes_, pieces, false);
    for (std::size_t i = first; i < at; ++i) {
      // What was changed meanwhile may be half old, half new at home: the journal still has it.
      all[i]->writing = false;
      if (result && !all[i]->changed_meanwhile) all[i]->dirty = false;
    }
  }
  came_.raise();
  co_return result;
}

}  // namespace tessera::fs::ext4
