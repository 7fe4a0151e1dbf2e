// SPDX-License-Identifier: Apache-2.0
// What a file system lies on: a disk, a part of one, or, in tests, memory that fails on demand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "components/fs/error.hpp"

namespace tessera::fs {

struct BlockFacts {
  std::uint64_t bytes = 0;          // a multiple of sector_bytes
  std::uint32_t sector_bytes = 512;  // a power of two from 512 to 4096: the least that is read or written, atomically
  bool read_only = false;
};

// Many requests may be under way at a time; they end in any order. A write that was answered may be
// lost when the machine loses power, until a flush that began afterwards was answered; a `durable`
// one is not. Requests are answered once each; errors were retried where that helps.
class BlockDevice {
 public:
  // Memory that data goes to or comes from: pieces in order, each a multiple of sector_bytes, and
  // such that the device can reach it (memory() and what came with a request can be).
  using Pieces = std::span<const std::span<std::byte>>;

  BlockDevice() = default;
  BlockDevice(const BlockDevice&) = delete;
  BlockDevice& operator=(const BlockDevice&) = delete;
  virtual ~BlockDevice() = default;

  [[nodiscard]] virtual const BlockFacts& facts() const = 0;
  // Memory for the file system's own blocks, aligned to a page; the same at every call.
  [[nodiscard]] virtual std::span<std::byte> memory() = 0;

  // `offset`: bytes, a multiple of sector_bytes. The pieces must live until the answer. Outside of the device: invalid.
  virtual Io<> read(std::uint64_t offset, Pieces to) = 0;
  virtual Io<> write(std::uint64_t offset, Pieces from, bool durable) = 0;
  virtual Io<> flush() = 0;
  // The contents of these bytes are not needed any more; a device may ignore it.
  virtual Io<> discard(std::uint64_t offset, std::uint64_t bytes) = 0;
};

}  // namespace tessera::fs
