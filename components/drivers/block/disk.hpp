// SPDX-License-Identifier: Apache-2.0
// A disk as its driver offers it to the protocol `block` (service.hpp): each request is a task that ends with what the
// device said. Data goes straight between the device and the addresses that the caller names.
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "lib/ddk/dma_region.hpp"
#include "lib/rt/task.hpp"

namespace tessera::block_driver {

using ddk::DmaRange;

enum class Error : std::uint8_t {
  io,           // the device says so, or did not do it after all attempts
  unsupported,  // so it says
  gone,         // this driver ends
};
using Status = std::expected<void, Error>;

struct Facts {
  std::uint64_t bytes = 0;
  std::uint32_t sector_bytes = 512;
  std::uint32_t most_bytes = 0;   // of a transfer
  std::uint32_t most_pieces = 0;
  bool read_only = false;
  bool can_flush = false;  // else there is no volatile cache
  bool can_discard = false;
  bool operator==(const Facts&) const = default;
};

class Disk {
 public:
  static constexpr std::size_t kMostPieces = 64;
  // Of each piece's address: some devices take no other.
  static constexpr std::uint64_t kAlignment = 4;

  // The same until the end.
  [[nodiscard]] virtual const Facts& facts() const = 0;

  // Whole sectors within the disk, at most most_bytes in 1 to most_pieces pieces, each aligned; the caller has checked
  // that. The pieces must live until the answer, and their memory is the device's until then.
  virtual rt::Task<Status> read(std::uint64_t offset, std::span<const DmaRange> to) = 0;
  // `durable`: a loss of power cannot undo it when it was answered.
  virtual rt::Task<Status> write(std::uint64_t offset, std::span<const DmaRange> from, bool durable) = 0;
  // Only where can_flush, can_discard.
  virtual rt::Task<Status> flush() = 0;
  virtual rt::Task<Status> discard(std::uint64_t offset, std::uint64_t bytes) = 0;

 protected:
  ~Disk() = default;
};

}  // namespace tessera::block_driver
