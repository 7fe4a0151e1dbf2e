// SPDX-License-Identifier: Apache-2.0
// The protocol `block` (abi/protocols/block.toml) over a Disk. Requests are checked here: what reaches the disk is
// whole sectors of it, in memory that the client may use.
#pragma once

#include <abi/protocols/block.hpp>

#include "components/drivers/virtio_blk/disk.hpp"
#include "lib/ddk/dma_pools.hpp"
#include "lib/service/server.hpp"

namespace tessera::virtio_blk {

namespace block = protocol::block;

class BlockService {
 public:
  // Without a disk each request is answered with no_device. `weakness`: for tests, the driver fails in the middle of
  // every so manieth request; 0: never.
  BlockService(Disk* disk, const ddk::DmaPools& pools, std::uint64_t weakness = 0) : disk_(disk), pools_(pools), weakness_(weakness) {}

  rt::Task<service::Outcome<block::FactsRequest>> handle(const block::FactsRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::ReadRequest>> handle(const block::ReadRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::WriteRequest>> handle(const block::WriteRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::FlushRequest>> handle(const block::FlushRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::DiscardRequest>> handle(const block::DiscardRequest& request, service::Asked asked);

 private:
  struct Transfer {
    std::array<DmaRange, Disk::kMostPieces> pieces{};
    std::size_t count = 0;
    std::uint32_t bytes = 0;
    [[nodiscard]] std::span<const DmaRange> all() const { return std::span(pieces).first(count); }
  };

  // Where a request's data is for the device. An error: the answer.
  [[nodiscard]] std::expected<void, block::Status> locate(service::Asked& asked, std::uint64_t offset, Transfer& into) const;
  [[nodiscard]] std::expected<void, block::Status> check_range(std::uint64_t offset, std::uint64_t bytes) const;
  void weaken();

  Disk* disk_;
  ddk::DmaPools pools_;
  std::uint64_t weakness_;
  std::uint64_t requests_ = 0;
};

}  // namespace tessera::virtio_blk
