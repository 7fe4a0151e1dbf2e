// SPDX-License-Identifier: Apache-2.0
// A part of a disk as a disk.
#pragma once

#include "components/fs/block_device.hpp"

namespace tessera::fs {

class PartDevice final : public BlockDevice {
 public:
  // Bytes [first, first + bytes) of `disk`, which has them; `memory`: the part's own of the disk's.
  PartDevice(BlockDevice& disk, std::uint64_t first, std::uint64_t bytes, std::span<std::byte> memory)
      : disk_(disk),
        first_(first),
        facts_{.bytes = bytes, .sector_bytes = disk.facts().sector_bytes, .read_only = disk.facts().read_only},
        memory_(memory) {}

  [[nodiscard]] std::uint64_t first() const { return first_; }

  [[nodiscard]] const BlockFacts& facts() const override { return facts_; }
  [[nodiscard]] std::span<std::byte> memory() override { return memory_; }

  Io<> read(std::uint64_t offset, Pieces to) override {
    if (!inside(offset, to)) return refuse();
    return disk_.read(first_ + offset, to);
  }
  Io<> write(std::uint64_t offset, Pieces from, bool durable) override {
    if (!inside(offset, from)) return refuse();
    return disk_.write(first_ + offset, from, durable);
  }
  Io<> flush() override { return disk_.flush(); }
  Io<> discard(std::uint64_t offset, std::uint64_t bytes) override {
    if (!inside(offset, bytes)) return refuse();
    return disk_.discard(first_ + offset, bytes);
  }

 private:
  [[nodiscard]] bool inside(std::uint64_t offset, std::uint64_t bytes) const { return offset <= facts_.bytes && bytes <= facts_.bytes - offset; }
  [[nodiscard]] bool inside(std::uint64_t offset, Pieces pieces) const {
    std::uint64_t bytes = 0;
    for (const auto& piece : pieces) bytes += piece.size();
    return inside(offset, bytes);
  }
  static Io<> refuse() { co_return std::unexpected(Error::invalid); }

  BlockDevice& disk_;
  std::uint64_t first_;
  BlockFacts facts_;
  std::span<std::byte> memory_;
};

}  // namespace tessera::fs
