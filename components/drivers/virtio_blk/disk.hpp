// SPDX-License-Identifier: Apache-2.0
// A virtio block device as tasks use it. What is done about one that is silent or breaks the rules:
// lib/ddk/request_slots.hpp.
#pragma once

#include <array>
#include <expected>
#include <string_view>

#include "components/drivers/block/disk.hpp"
#include "components/drivers/virtio_blk/layout.hpp"
#include "lib/ddk/request_queue.hpp"

namespace tessera::virtio_blk {

using block_driver::DmaRange;
using block_driver::Error;
using block_driver::Facts;
using block_driver::Status;

class Disk final : public block_driver::Disk, private ddk::DeviceStart {
 public:
  // Of the memory for rings and requests.
  static constexpr std::uint16_t kMostRequests = ddk::RequestQueue::kMostRequests;
  static constexpr std::size_t kSlotBytes = 64, kTableParts = kMostPieces + 2;
  static constexpr std::size_t kRingBytes = ddk::Virtqueue::bytes_for(kMostRequests, kTableParts);
  static constexpr std::size_t kMemoryBytes = kRingBytes + kMostRequests * kSlotBytes;

  // `memory`: kMemoryBytes at least.
  Disk(ddk::VirtioDevice& device, const ddk::DmaRegion& memory, rt::TaskLoop& loop, const ddk::Conditions& conditions)
      : device_(device), rings_(memory.part(0, kRingBytes)), requests_(device, 0, *this, memory.part(kRingBytes, kMostRequests * kSlotBytes), loop, conditions) {}

  // Brings the device up. Then requests()'s tasks must run.
  [[nodiscard]] std::expected<void, std::string_view> begin() { return requests_.begin(); }
  [[nodiscard]] ddk::RequestQueue& requests() { return requests_; }
  [[nodiscard]] const Facts& facts() const override { return *facts_; }

  rt::Task<Status> read(std::uint64_t offset, std::span<const DmaRange> to) override;
  rt::Task<Status> write(std::uint64_t offset, std::span<const DmaRange> from, bool durable) override;
  rt::Task<Status> flush() override;
  rt::Task<Status> discard(std::uint64_t offset, std::uint64_t bytes) override;

 private:
  class Request final : public ddk::DeviceRequest {
   public:
    Request(Disk& disk, Kind kind, std::uint64_t sector, std::span<const DmaRange> data = {}, const DiscardRange& range = {})
        : disk_(disk), kind_(kind), sector_(sector), data_(data), range_(range) {}
    std::span<const ddk::Virtqueue::Part> parts(const ddk::DmaRegion& own) override;
    bool answered(const ddk::DmaRegion& own, std::uint32_t written) override;
    [[nodiscard]] const Status& status() const { return status_; }

   private:
    Disk& disk_;
    Kind kind_;
    std::uint64_t sector_;
    std::span<const DmaRange> data_;
    DiscardRange range_;
    Status status_;
  };

  std::expected<ddk::Virtqueue, std::string_view> bring_up() override;
  rt::Task<Status> run(Request request);
  rt::Task<Status> write_and_flush(std::uint64_t offset, std::span<const DmaRange> from);

  ddk::VirtioDevice& device_;
  ddk::DmaRegion rings_;
  std::optional<Facts> facts_;
  std::uint64_t discard_most_ = 0;                         // units of one request
  std::array<ddk::Virtqueue::Part, kTableParts> parts_{};  // of the request that is being offered
  ddk::RequestQueue requests_;
};

}  // namespace tessera::virtio_blk
