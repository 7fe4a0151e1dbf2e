// SPDX-License-Identifier: Apache-2.0
// A mounted file system's state in memory: what its parts share.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "components/fs/ext4/operation.hpp"
#include "components/fs/ext4/superblock.hpp"
#include "lib/rt/signal.hpp"

namespace tessera::fs::ext4 {

class Journal;

// Where a group's own blocks are.
struct GroupPlaces {
  std::uint64_t block_bitmap = 0, inode_bitmap = 0, inode_table = 0;
};

// What was done since the last commit, and will be in the next.
struct Transaction {
  std::uint32_t number = 1;
  std::vector<Entry*> blocks;
  std::vector<std::uint64_t> revoked;
  std::vector<Range> freed;
  [[nodiscard]] bool empty() const { return blocks.empty() && revoked.empty(); }
};

// What is known of an inode while somebody uses it, or while its changes are not durable.
struct InodeState {
  std::uint32_t kept = 0;
  std::uint32_t readers = 0, waiting = 0;
  bool writer = false;
  bool going = false;  // it is being freed
  std::uint32_t changed_in = 0, data_changed_in = 0;  // transactions; 0: none
  rt::Signal free;
};

// What an operation changed, to take it back.
struct UndoLog {
  struct Record {
    Entry* entry;
    std::uint32_t offset, bytes;
  };
  std::vector<Record> records;
  std::vector<std::byte> old;
};

struct Volume {
  Volume(BlockDevice& on, const Geometry& of, std::span<std::byte> memory);
  ~Volume();

  BlockDevice& device;
  const Geometry geometry;
  Room zeros;    // a block of them
  Room bounce;   // a block, to change a part of one on the disk
  Room staging;  // for a commit, or a replay
  Cache cache;

  std::vector<GroupPlaces> groups;
  FixedRanges system;  // blocks that belong to no file
  RangeSet busy;       // free on the disk, and not to be taken: reserved, or freed and not committed
  std::uint64_t free_blocks = 0, free_inodes = 0, reserved = 0;
  std::uint64_t freed_blocks = 0;      // of `busy`: free once their transaction is committed
  std::vector<std::uint32_t> orphans;  // as they are linked on the disk, the first first
  std::map<std::uint32_t, InodeState> inodes;
  std::uint64_t operations = 0;
  UndoLog undo;
  std::vector<std::byte> made_up_bitmap;  // of a group that never was used

  std::unique_ptr<Journal> journal;  // none: changes are written home at each commit
  Transaction running;
  std::uint32_t most_blocks = 0;     // of a transaction
  std::uint32_t most_revoked = 0;
  std::uint32_t journal_overhead = 0;  // blocks at the beginning of staging, for what describes a transaction
  std::uint32_t durable = 0;         // transactions up to this one are
  bool committing = false;
  bool gate = false;                 // no new changes for a while
  std::uint64_t data_written = 0, data_durable = 0;  // writes of data that ended, and those of them that a flush followed
  bool read_only = true;
  bool was_writable = false;           // it is to be marked as cleanly unmounted
  bool failed = false;               // a commit did not succeed: nothing is written any more
  bool bounce_taken = false;
  rt::Signal bounce_free;
  rt::Signal moved;                  // a commit ended, a gate opened

  [[nodiscard]] bool orphaned(std::uint32_t inode) const;
  // A file's blocks may be there.
  [[nodiscard]] bool may_hold_data(Range range) const {
    return range.count != 0 && geometry.holds(range.first, range.count) && !system.meets(range);
  }
};

}  // namespace tessera::fs::ext4
