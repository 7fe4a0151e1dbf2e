// SPDX-License-Identifier: Apache-2.0
// An operation on metadata: plain code that runs without waiting, so that nobody sees it half done, and
// that either succeeds or leaves no trace.
//
// What it reads must be in the cache. A block that is not ends it with kMissing: its changes are undone,
// the block is read, and it begins again (tasks.hpp). Every change is recorded for that, in ranges of bytes.
// What it changes outside of the cache (counters, sets) is collected and takes effect in finish().
#pragma once

#include <vector>

#include "components/fs/ext4/cache.hpp"
#include "components/fs/ext4/ranges.hpp"
#include "components/fs/try.hpp"

namespace tessera::fs::ext4 {

struct Volume;

// Why an operation begins again; these never leave tasks.hpp.
inline constexpr Error kMissing{1001};          // a block must be read
inline constexpr Error kTransactionFull{1002};  // the running transaction must be committed
inline constexpr Error kCacheFull{1003};        // blocks must be written home

class Operation {
 public:
  explicit Operation(Volume& of);
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() { undo(); }

  Volume& volume;

  // The block's entry, present; its checksum was looked at if the kind has one of its own.
  Result<Entry*> entry(std::uint64_t block, Kind kind, std::uint32_t seed);
  // Its contents, until the operation ends.
  Result<Bytes> read(std::uint64_t block, Kind kind, std::uint32_t seed);
  // The same, of which these bytes will be changed.
  Result<Room> edit(std::uint64_t block, Kind kind, std::uint32_t seed, std::size_t offset, std::size_t bytes);
  // A block that is new in its use: zeros.
  Result<Room> fresh(std::uint64_t block, Kind kind, std::uint32_t seed);
  // The block is no metadata any more.
  Result<void> forget(std::uint64_t block);

  // How many blocks it has changed: what could go on for long ends before that is too many.
  [[nodiscard]] std::size_t changed_blocks() const { return touched_.size(); }

  void finish();
  void undo();

  // The block that kMissing means, and how many behind it will be wanted.
  std::uint64_t missing = 0;
  std::uint32_t missing_count = 1;
  std::uint32_t ahead = 1;  // what the next block that is missing will put there

  // Takes effect in finish().
  std::int64_t free_blocks = 0, free_inodes = 0;
  std::vector<Range> freed;     // kept from being used again until the transaction is committed
  std::vector<Range> taken;     // out of what was reserved
  std::vector<std::uint32_t> new_orphans, old_orphans;
  struct Note {
    std::uint32_t inode;
    bool data;  // also what fdatasync wants
  };
  std::vector<Note> notes;

 private:
  Result<void> touch(Entry& entry);
  void save(Entry& entry, std::size_t offset, std::size_t bytes);

  std::uint64_t number_;
  std::vector<Entry*> touched_, made_;
  std::size_t added_ = 0;  // of those, how many are not in the running transaction yet
  std::vector<std::uint64_t> forgotten_;
  bool open_ = true;
};

}  // namespace tessera::fs::ext4
