// SPDX-License-Identifier: Apache-2.0
// Blocks of metadata in the device's memory, as many as fit. What is clean goes when room is needed, the
// one unused for longest first; what a transaction holds stays until it is committed and written home.
#pragma once

#include <limits>
#include <vector>

#include "components/fs/block_device.hpp"
#include "components/fs/bytes.hpp"
#include "lib/rt/signal.hpp"

namespace tessera::fs::ext4 {

// What a block holds: how its checksum is made (seal.hpp).
enum class Kind : std::uint8_t { plain, superblock, descriptors, block_bitmap, inode_bitmap, inode_table, extents, directory, attributes, orphans };

struct Entry {
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint64_t kNoBlock = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t block = kNoBlock;
  std::uint64_t operation = 0;  // the last that used it: its spans must stay
  std::uint64_t checked = 0;    // a bit for each part whose checksum was right
  std::uint64_t changed = 0;    // a bit for each part whose checksum is to be made
  std::uint32_t seed = 0;
  std::uint32_t self = kNone, newer = kNone, older = kNone, next_in_bucket = kNone;
  Kind kind = Kind::plain;
  bool present = false;          // the contents are there
  bool reading = false;
  bool touched = false;          // by the operation under way
  bool running = false;          // in the running transaction
  bool committing = false;       // in the one that is being committed
  bool dirty = false;            // committed, and not written home
  bool writing = false;          // home
  bool changed_meanwhile = false;
  bool freed = false;            // by the running transaction

  [[nodiscard]] bool evictable() const { return !reading && !touched && !running && !committing && !dirty && !writing; }
};

class Cache {
 public:
  // Blocks in `memory`; at least a few dozen.
  Cache(BlockDevice& device, std::uint32_t block_bytes, std::span<std::byte> memory);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  [[nodiscard]] Entry* find(std::uint64_t block);
  void use(Entry& entry);  // it is the newest
  [[nodiscard]] Room contents(const Entry& entry) const {
    return memory_.subspan(std::size_t{entry.self} * block_bytes_, block_bytes_);
  }
  // An entry for a block that has none, its contents undefined; null: nothing can go now.
  [[nodiscard]] Entry* make(std::uint64_t block, std::uint64_t operation);
  void drop(Entry& entry);

  // Brings a block in, and those behind it as far as `count` says and nothing has to be waited for.
  // no_memory: all is held by transactions.
  Io<> fetch(std::uint64_t block, std::uint32_t count);
  // Writes what is committed and not held to its place.
  Io<> write_home();
  // Until some read or write of the cache ended.
  Io<> wait();
  // Committed and not yet home: how many; and how many of these may be written there now, or are being.
  [[nodiscard]] std::uint32_t dirty() const;
  [[nodiscard]] std::uint32_t writable() const;
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }

 private:
  [[nodiscard]] std::uint32_t& bucket(std::uint64_t block);
  void unlink(Entry& entry);
  void link_newest(Entry& entry);
  void link_oldest(Entry& entry);

  BlockDevice& device_;
  std::uint32_t block_bytes_;
  std::span<std::byte> memory_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> buckets_;
  std::uint32_t newest_ = Entry::kNone, oldest_ = Entry::kNone;
  rt::Signal came_;
};

}  // namespace tessera::fs::ext4
