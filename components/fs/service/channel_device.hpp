// SPDX-License-Identifier: Apache-2.0
// The disk behind a block channel (abi/protocols/block.toml). Requests are split as the driver wants
// them; what failed, or was lost with a driver, is tried again a few times, and is an io error then.
//
// Data lies where the driver's device reaches it: in the channel's own pool, part of which is memory(), or
// in a shared one. Data anywhere else goes through a few buffers of the own pool.
#pragma once

#include <abi/protocols/block.hpp>
#include <array>
#include <expected>
#include <string_view>
#include <vector>

#include "components/fs/block_device.hpp"
#include "lib/rt/signal.hpp"
#include "lib/service/client.hpp"

namespace tessera::fs {

class ChannelDevice final : public BlockDevice {
 public:
  using Client = service::Client<protocol::block::Protocol>;

  // The least that the channel's own pool must have: for a file system, a table, and what is used here.
  static constexpr std::size_t kLeastPool = 1400 * 1024;

  // begin() comes before all else.
  explicit ChannelDevice(Client& client);

  // Something that the driver answers at once, whatever its device does.
  rt::Task<> ping();

  // Asks the driver what the disk is: waits until there is one. An error: it is none that can be used.
  Io<> begin();

  [[nodiscard]] const BlockFacts& facts() const override { return facts_; }
  [[nodiscard]] std::span<std::byte> memory() override { return memory_; }
  Io<> read(std::uint64_t offset, Pieces to) override;
  Io<> write(std::uint64_t offset, Pieces from, bool durable) override;
  Io<> flush() override;
  Io<> discard(std::uint64_t offset, std::uint64_t bytes) override;

 private:
  static constexpr std::size_t kLists = 64, kBounces = 4;
  static constexpr std::uint32_t kListBytes = ring::kMostPieces * sizeof(ring::Piece);
  static constexpr std::uint32_t kBounceBytes = 32 * 1024;
  static constexpr std::uint32_t kPingAt = kLists * kListBytes + kBounces * kBounceBytes, kPingBytes = 4096;

  // Buffers of one size in the pool, of which who finds none waits for one.
  class Slots {
   public:
    Slots(std::uint32_t first, std::uint32_t bytes, std::size_t count);
    rt::Task<std::uint32_t> take();
    void give_back(std::uint32_t offset);

   private:
    std::vector<std::uint32_t> free_;
    rt::Signal freed_;
  };

  // What is left of a request's pieces, and the next part of it that goes out as one request.
  struct Rest {
    Pieces pieces;
    std::size_t done = 0;  // bytes of the first
  };
  struct Part {
    ring::BoundedList<ring::Piece, ring::kMostPieces> pieces;
    std::uint32_t bytes = 0;
    bool reachable = true;  // by the device; else it is one piece
    std::span<std::byte> memory{};  // of that one
  };
  [[nodiscard]] Part next_part(Rest& rest) const;

  template <typename R>
  Io<> transfer(R request, Pieces pieces);
  template <typename R>
  Io<> send(R request, service::Data data);
  template <typename R>
  Io<> send_list(R request, const Part& part);
  template <typename R>
  Io<> send_copy(R request, const Part& part);

  Client& client_;
  BlockFacts facts_;
  std::uint32_t most_bytes_ = 0, most_pieces_ = 0;
  bool can_discard_ = false, must_flush_ = false;
  Slots lists_, bounces_;
  ring::Buffer ping_{};
  std::span<std::byte> memory_;
};

}  // namespace tessera::fs
