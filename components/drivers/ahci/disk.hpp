// SPDX-License-Identifier: Apache-2.0
// A SATA disk as tasks use it. What is done about one that is silent or breaks the rules: lib/ddk/request_slots.hpp.
//
// Reads and writes are queued where the disk can do that (NCQ), as many as it takes; all other commands must be alone
// (Serial ATA, 13.6). When a queued command fails, the disk has dropped all that it had: the port is reset, and each is done
// again, alone, so that the one that fails shows itself.
#pragma once

#include "components/drivers/ahci/adapter.hpp"
#include "lib/ddk/request_slots.hpp"

namespace tessera::ahci {

using block_driver::DmaRange;
using block_driver::Error;
using block_driver::Facts;
using block_driver::Status;

class Disk final : public block_driver::Disk, private ddk::SlotDevice {
 public:
  static constexpr std::size_t kMemoryBytes = Adapter::kMemoryBytes;

  // `memory`: kMemoryBytes at least, page-aligned. `port`: none: the first with a disk.
  Disk(ddk::Registers& registers, const ddk::DmaRegion& memory, std::optional<unsigned> port, rt::TaskLoop& loop, const ddk::Conditions& conditions)
      : adapter_(registers, memory.part(0, kMemoryBytes), port, conditions.now_ns), requests_(static_cast<ddk::SlotDevice&>(*this), loop, conditions) {}

  // Brings the device up. Then requests()'s tasks must run.
  [[nodiscard]] std::expected<void, std::string_view> begin() { return requests_.begin(); }
  [[nodiscard]] ddk::RequestSlots& requests() { return requests_; }
  [[nodiscard]] const Facts& facts() const override { return identity_->facts; }
  // Commands at a time.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  [[nodiscard]] std::optional<unsigned> port() const { return adapter_.port(); }

  rt::Task<Status> read(std::uint64_t offset, std::span<const DmaRange> to) override { return run({*this, Kind::read, offset, to}); }
  rt::Task<Status> write(std::uint64_t offset, std::span<const DmaRange> from, bool durable) override;
  rt::Task<Status> flush() override { return run({*this, Kind::flush}); }
  rt::Task<Status> discard(std::uint64_t offset, std::uint64_t bytes) override;

 private:
  class Request final : public ddk::SlotRequest {
   public:
    // For Kind::trim `bytes` at the offset.
    Request(Disk& disk, Kind kind, std::uint64_t offset = 0, std::span<const DmaRange> data = {}, std::uint64_t bytes = 0);
    Request(const Request&) = default;  // before it was offered only
    Request& operator=(const Request&) = delete;
    ~Request() { wait(false); }
    bool offer(std::size_t slot) override;
    bool done(std::size_t slot, std::uint32_t said) override;
    [[nodiscard]] const Status& status() const { return status_; }

   private:
    [[nodiscard]] bool offer_queued(std::size_t slot);
    [[nodiscard]] bool offer_alone(std::size_t slot);
    [[nodiscard]] Frame frame(Kind command) const;
    // It waits for the disk to have nothing else.
    void wait(bool waits);

    Disk& disk_;
    Kind kind_;
    std::uint64_t sector_;
    std::span<const DmaRange> data_;
    std::uint64_t bytes_;
    bool waits_ = false, queued_ = false;
    unsigned attempts_ = 0;
    Status status_;
  };

  rt::Task<Status> run(Request request);
  rt::Task<Status> write_and_flush(std::uint64_t offset, std::span<const DmaRange> from);

  std::expected<void, std::string_view> bring_up() override;
  std::expected<std::optional<Answer>, std::string_view> take() override;
  // Looks what the port is done with.
  [[nodiscard]] std::expected<void, std::string_view> look();
  void set_interrupts(bool) override {}  // one comes for each batch that ends; it costs little
  void announce() override;
  bool needs_reset() override { return adapter_.gone(); }

  Adapter adapter_;
  std::optional<Identity> identity_;
  std::size_t depth_ = 1;
  // Bits of slots: what the disk has, what of it is queued, what it was not told of, what was done and not taken.
  std::uint32_t issued_ = 0, queued_ = 0, new_ = 0, done_ = 0;
  std::uint32_t failure_ = 0;        // what the disk said of the command in done_ that it had alone; 0: no failure
  std::string_view broken_;          // why the port must be reset when done_ was taken
  std::size_t waiting_ = 0;          // requests that must be alone: no other begins before them
  ddk::RequestSlots requests_;
};

}  // namespace tessera::ahci
