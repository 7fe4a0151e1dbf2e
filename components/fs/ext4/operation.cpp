// SPDX-License-Identifier: Apache-2.0
#include "components/fs/ext4/operation.hpp"

#include <algorithm>

#include "components/fs/ext4/seal.hpp"
#include "components/fs/ext4/volume.hpp"

namespace tessera::fs::ext4 {

Operation::Operation(Volume& of) : volume(of), number_(++of.operations) {}

Result<Entry*> Operation::entry(std::uint64_t block, Kind kind, std::uint32_t seed) {
  if (!volume.geometry.holds(block, 1) && block != volume.geometry.superblock_block()) return fail(Error::corrupt);
  Entry* const found = volume.cache.find(block);
  if (found == nullptr || !found->present) {
    missing = block;
    missing_count = ahead;
    return fail(kMissing);
  }
  ahead = 1;
  volume.cache.use(*found);
  found->operation = number_;
  if (found->checked == 0) {
    found->kind = kind;
    found->seed = seed;
    if (kind == Kind::inode_table || kind == Kind::block_bitmap || kind == Kind::inode_bitmap) return found;
    if (!seal_holds(volume.geometry, kind, seed, block, volume.cache.contents(*found))) return fail(Error::corrupt);
    found->checked = ~std::uint64_t{0};
  } else if (found->kind != kind || found->seed != seed) {
    return fail(Error::corrupt);  // two owners
  }
  return found;
}

Result<Bytes> Operation::read(std::uint64_t block, Kind kind, std::uint32_t seed) {
  const Entry* const found = TRY(entry(block, kind, seed));
  return Bytes(volume.cache.contents(*found));
}

Result<void> Operation::touch(Entry& found) {
  if (found.writing) found.changed_meanwhile = true;
  if (found.touched) return {};
  if (!found.running && volume.running.blocks.size() + ++added_ > volume.most_blocks) return fail(kTransactionFull);
  found.touched = true;
  touched_.push_back(&found);
  return {};
}

void Operation::save(Entry& found, std::size_t offset, std::size_t bytes) {
  const Bytes old = Bytes(volume.cache.contents(found)).subspan(offset, bytes);
  volume.undo.records.push_back(
      {.entry = &found, .offset = static_cast<std::uint32_t>(offset), .bytes = static_cast<std::uint32_t>(bytes)});
  // Not inserted, which would go byte by byte.
  const std::size_t at = volume.undo.old.size();
  volume.undo.old.resize(at + bytes);
  copy(Room(volume.undo.old).subspan(at), old);
}

Result<Room> Operation::edit(std::uint64_t block, Kind kind, std::uint32_t seed, std::size_t offset, std::size_t bytes) {
  Entry* const found = TRY(entry(block, kind, seed));
  TRY(touch(*found));
  save(*found, offset, bytes);
  return volume.cache.contents(*found);
}

Result<Room> Operation::fresh(std::uint64_t block, Kind kind, std::uint32_t seed) {
  Entry* found = volume.cache.find(block);
  if (found != nullptr && !found->present) {
    missing = block;
    missing_count = 1;
    return fail(kMissing);
  }
  // Nobody owns it: what is here of it was read ahead.
  if (found != nullptr && found->evictable()) volume.cache.drop(*found);
  else if (found != nullptr) return fail(Error::corrupt);
  found = volume.cache.make(block, number_);
  if (found == nullptr) return fail(kCacheFull);
  found->present = true;
  made_.push_back(found);
  TRY(touch(*found));
  found->operation = number_;
  found->kind = kind;
  found->seed = seed;
  found->checked = ~std::uint64_t{0};
  const Room contents = volume.cache.contents(*found);
  clear(contents);
  return contents;
}

Result<void> Operation::forget(std::uint64_t block) {
  if (volume.running.revoked.size() + forgotten_.size() >= volume.most_revoked) return fail(kTransactionFull);
  forgotten_.push_back(block);
  return {};
}

void Operation::finish() {
  open_ = false;
  volume.undo.records.clear();
  volume.undo.old.clear();
  for (Entry* const entry : touched_) {
    entry->touched = false;
    if (std::exchange(entry->running, true)) continue;
    volume.running.blocks.push_back(entry);
  }
  touched_.clear();
  for (const std::uint64_t block : forgotten_) {
    volume.running.revoked.push_back(block);
    if (Entry* const entry = volume.cache.find(block)) entry->freed = true;
  }
  volume.free_blocks += static_cast<std::uint64_t>(free_blocks);
  volume.free_inodes += static_cast<std::uint64_t>(free_inodes);
  for (const Range& range : taken) {
    volume.busy.remove(range);
    volume.reserved -= range.count;
  }
  for (const Range& range : freed) {
    volume.busy.add(range);
    volume.freed_blocks += range.count;
    volume.running.freed.push_back(range);
  }
  for (const std::uint32_t inode : new_orphans) volume.orphans.insert(volume.orphans.begin(), inode);
  for (const std::uint32_t inode : old_orphans) std::erase(volume.orphans, inode);
  for (const Note& note : notes) {
    InodeState& state = volume.inodes[note.inode];
    state.changed_in = volume.running.number;
    if (note.data) state.data_changed_in = volume.running.number;
  }
}

void Operation::undo() {
  if (!std::exchange(open_, false)) return;
  UndoLog& log = volume.undo;
  while (!log.records.empty()) {
    const UndoLog::Record record = log.records.back();
    log.records.pop_back();
    const std::size_t start = log.old.size() - record.bytes;
    copy(volume.cache.contents(*record.entry).subspan(record.offset), Bytes(log.old).subspan(start));
    log.old.resize(start);
  }
  for (Entry* const entry : touched_) entry->touched = false;
  for (Entry* const entry : made_) volume.cache.drop(*entry);
}

}  // namespace tessera::fs::ext4
