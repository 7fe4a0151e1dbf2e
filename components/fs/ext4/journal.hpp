// SPDX-License-Identifier: Apache-2.0
// The journal (jbd2): a ring of blocks in a file of its own, that says what blocks of metadata shall be.
//
// A transaction in it: revoke blocks (what must not be replayed from before), descriptors each followed by
// the blocks that it names, and a commit block. It counts when its commit block is there.
#pragma once

#include <map>
#include <vector>

#include "components/fs/ext4/volume.hpp"

namespace tessera::fs::ext4 {

class Journal {
 public:
  // Of the volume's journal inode; its groups need only the first group's places.
  static rt::Task<std::expected<std::unique_ptr<Journal>, MountFailure>> open(Volume& volume);

  [[nodiscard]] bool needs_replay() const { return start_ != 0; }
  // The last user noted an error.
  [[nodiscard]] bool noted_error() const { return noted_error_; }
  // Writes what was committed to its place; `reason` tells more of a failure. Then the journal is empty.
  Io<> replay(std::string_view& reason);
  // Empty, and to be looked at after a crash. `checksums`, `wide`: how it is written from now on.
  Io<> start(bool checksums, bool wide);
  // Empty, and of no interest to anybody. False: with the error noted.
  Io<> stop();

  // Blocks of staging that a transaction needs besides its own.
  [[nodiscard]] std::uint32_t overhead(std::uint32_t blocks) const;
  [[nodiscard]] std::uint32_t revokes_per_block() const;
  [[nodiscard]] std::uint32_t size() const { return last_ - first_; }
  [[nodiscard]] std::uint32_t room() const { return size() - used_; }
  [[nodiscard]] std::uint32_t next_number() const { return sequence_; }

  // Writes a transaction and makes it durable. Its blocks are in staging, behind `overhead` blocks.
  Io<> write(const std::vector<std::uint64_t>& homes, const std::vector<std::uint64_t>& revoked);
  // All that was written is home, and durable there.
  Io<> forget_all();

  [[nodiscard]] bool holds(std::uint64_t block) const;

 private:
  struct Run {
    std::uint32_t logical;
    std::uint64_t physical;
    std::uint32_t count;
  };
  struct Tag {
    std::uint64_t block;
    std::uint32_t flags, checksum;
  };
  enum class Checksums : std::uint8_t { none, v2, v3 };

  explicit Journal(Volume& volume) : volume_(volume) {}
  Io<> write_superblock();
  std::string_view read_superblock(Bytes bytes);  // what is wrong
  [[nodiscard]] Run place(std::uint32_t logical) const;
  [[nodiscard]] std::uint32_t after(std::uint32_t logical) const { return logical + 1 == last_ ? first_ : logical + 1; }
  [[nodiscard]] std::size_t tag_bytes() const;
  [[nodiscard]] std::uint32_t tags_per_block() const;
  [[nodiscard]] Room staged(std::size_t index) const;
  void put_head(Room block, std::uint32_t type) const;
  void put_tail(Room block) const;
  [[nodiscard]] bool tail_holds(Bytes block) const;
  [[nodiscard]] std::uint32_t data_checksum(Bytes block, std::uint32_t sequence) const;

  // Replay. A block of the log, in staging.
  Io<Room> log_block(std::uint32_t logical);
  enum class Pass : std::uint8_t { scan, revoke, replay };
  Io<> run(Pass pass);
  Result<std::vector<Tag>> tags(Bytes descriptor) const;
  Result<void> note_revoked(Bytes block, std::uint32_t sequence);

  Volume& volume_;
  std::vector<Run> runs_;
  std::array<std::byte, 1024> raw_{};
  std::uint32_t first_ = 0, last_ = 0;  // the ring; last is behind it
  std::uint32_t sequence_ = 1, start_ = 0;
  std::uint32_t head_ = 0, used_ = 0;
  Checksums checksums_ = Checksums::none;
  bool wide_ = false, noted_error_ = false;
  std::uint32_t seed_ = 0;

  std::uint32_t window_first_ = 0, window_count_ = 0;  // of the log, in staging
  std::uint32_t end_ = 0;                              // sequence that is not there any more
  std::map<std::uint64_t, std::uint32_t> revoked_;
};

}  // namespace tessera::fs::ext4
