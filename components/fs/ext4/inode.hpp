// SPDX-License-Identifier: Apache-2.0
// An inode in its table, for the time of an operation.
#pragma once

#include "components/fs/ext4/layout.hpp"
#include "components/fs/ext4/volume.hpp"
#include "components/fs/file_system.hpp"

namespace tessera::fs::ext4 {

class Inode {
 public:
  // One that is in use and may be a client's; `stale`: it is not.
  static Result<Inode> open(Operation& operation, InodeNumber number);
  // One of the file system's own, too.
  static Result<Inode> open_special(Operation& operation, InodeNumber number);
  // Whatever is there; also of an inode that is free.
  static Result<Inode> open_any(Operation& operation, InodeNumber number);

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] Bytes raw() const { return raw_; }
  // To be changed; its checksum is made when it is committed.
  Result<Room> edit();

  [[nodiscard]] std::uint32_t mode() const { return get16(raw_, in::kMode); }
  [[nodiscard]] std::uint32_t type() const { return mode() & mode::kType; }
  [[nodiscard]] bool is_directory() const { return type() == mode::kDirectory; }
  [[nodiscard]] std::uint32_t links() const { return get16(raw_, in::kLinks); }
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::uint32_t flags() const { return get32(raw_, in::kFlags); }
  [[nodiscard]] bool has(std::uint32_t flag) const { return (flags() & flag) != 0; }
  [[nodiscard]] std::uint32_t generation() const { return get32(raw_, in::kGeneration); }
  [[nodiscard]] std::uint64_t sectors() const;  // of 512 bytes
  [[nodiscard]] std::uint64_t attribute_block() const;
  // What the checksums of its blocks begin with.
  [[nodiscard]] std::uint32_t seed() const { return seed_; }
  // The 60 bytes of the map, or of a short link.
  [[nodiscard]] Bytes map() const { return raw_.subspan(in::kBlock, in::kBlockBytes); }
  // A link whose target lies in the inode.
  [[nodiscard]] bool short_link() const;
  // Behind the fixed part: attributes; empty: none can be there.
  [[nodiscard]] std::size_t attributes_at() const;

  [[nodiscard]] Attributes attributes() const;

  Result<void> set_size(std::uint64_t size);
  Result<void> set_links(std::uint32_t links);
  Result<void> set_times(std::uint32_t which, Time to);  // AttributeChange's bits
  Result<void> add_blocks(std::int64_t blocks);          // to what it occupies
  Result<void> set_attribute_block(std::uint64_t block);

  Operation* operation = nullptr;

 private:
  std::uint32_t number_ = 0, seed_ = 0;
  std::uint64_t block_ = 0;
  std::size_t offset_ = 0;
  Bytes raw_;
  Room writable_;
};

// A time's two fields.
void put_time(Room raw, std::size_t at, std::size_t extra, Time time);
[[nodiscard]] Time get_time(Bytes raw, std::size_t at, std::size_t extra);

[[nodiscard]] std::uint32_t encode_device(std::uint32_t major, std::uint32_t minor);

}  // namespace tessera::fs::ext4
