// SPDX-License-Identifier: Apache-2.0
// The protocol `block` (abi/protocols/block.toml) over a Disk. Requests are checked here: what reaches the disk is
// whole sectors of it, in memory that the client may use. A driver's own class is one of these, with the two steps of
// a driver's life (lib/ddk/driver.hpp).
#pragma once

#include <abi/protocols/block.hpp>
#include <array>

#include "components/drivers/block/disk.hpp"
#include "lib/ddk/driver.hpp"

namespace tessera::block_driver {

namespace block = protocol::block;

class Service {
 public:
  rt::Task<service::Outcome<block::FactsRequest>> handle(const block::FactsRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::ReadRequest>> handle(const block::ReadRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::WriteRequest>> handle(const block::WriteRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::FlushRequest>> handle(const block::FlushRequest& request, service::Asked asked);
  rt::Task<service::Outcome<block::DiscardRequest>> handle(const block::DiscardRequest& request, service::Asked asked);

 protected:
  Service() = default;
  ~Service() = default;

  // What is configured, whatever the device. First of all.
  void configure(ddk::Driver& at);
  // What is served from now on; without it each request is answered with no_device.
  void set_disk(Disk& disk);

 private:
  struct Transfer {
    ddk::DmaRanges pieces;
    std::uint32_t bytes = 0;
  };

  // Where a request's data is for the device. An error: the answer.
  [[nodiscard]] std::expected<void, block::Status> locate(service::Asked& asked, std::uint64_t offset, Transfer& into) const;
  [[nodiscard]] std::expected<void, block::Status> check_range(std::uint64_t offset, std::uint64_t bytes) const;
  [[nodiscard]] bool read_only() const { return read_only_ || disk_->facts().read_only; }
  [[nodiscard]] bool fails_now() { return weakness_ != 0 && ++requests_ % weakness_ == 0; }
  rt::Task<> fail();
  rt::Task<> stray();

  ddk::DmaPools pools_;
  Disk* disk_ = nullptr;
  bool read_only_ = false;      // so it is configured
  // For tests: it fails in the middle of every so manieth request (0: never), in one of these ways.
  enum class Failure : std::uint8_t { panics, hangs, scribbles, strays };
  std::uint64_t weakness_ = 0;
  Failure failure_ = Failure::panics;
  std::span<std::byte> channel_;
  std::uint64_t requests_ = 0;
};

}  // namespace tessera::block_driver
