// SPDX-License-Identifier: Apache-2.0
// The protocol `block` (abi/protocols/block.toml) over a Disk. Requests are checked here: what reaches the disk is
// whole sectors of it, in memory that the client may use.
#pragma once

#include <abi/protocols/block.hpp>

#include "components/drivers/virtio_blk/disk.hpp"
#include "lib/ddk/driver.hpp"
#include "lib/ddk/virtio_pci.hpp"

namespace tessera::virtio_blk {

namespace block = protocol::block;

class BlockService {
 public:
  // A driver's life (lib/ddk/driver.hpp).
  [[nodiscard]] std::expected<void, std::string_view> init(ddk::Driver& at);
  void serve(rt::Scope& tasks);

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

  ddk::DmaPools pools_;
  std::optional<ddk::VirtioPci> device_;
  std::optional<Disk> disk_;  // none: each request is answered with no_device
  ddk::DeviceInterrupt interrupt_;
  std::uint64_t weakness_ = 0;  // for tests: it fails in the middle of every so manieth request; 0: never
  std::uint64_t requests_ = 0;
};

}  // namespace tessera::virtio_blk
