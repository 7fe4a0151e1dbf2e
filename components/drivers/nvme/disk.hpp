// SPDX-License-Identifier: Apache-2.0
// A namespace of an NVM Express controller as tasks use it. What is done about one that is silent or breaks the rules:
// lib/ddk/request_slots.hpp.
#pragma once

#include <array>

#include "components/drivers/nvme/controller.hpp"
#include "components/drivers/nvme/data_pointer.hpp"
#include "lib/ddk/request_slots.hpp"

namespace tessera::nvme {

using block_driver::DmaRange;
using block_driver::Error;
using block_driver::Facts;
using block_driver::Status;

class Disk final : public block_driver::Disk, private ddk::SlotDevice {
 public:
  // Lists of addresses, behind the controller's memory.
  static constexpr std::size_t kSlotBytes = kListEntries * sizeof(std::uint64_t);
  static constexpr std::size_t kMemoryBytes = Controller::kMemoryBytes + ddk::RequestSlots::kMostRequests * kSlotBytes;

  // `memory`: kMemoryBytes at least, page-aligned.
  Disk(ddk::Registers& registers, const ddk::DmaRegion& memory, const Controller::Wishes& wishes, rt::TaskLoop& loop, const ddk::Conditions& conditions)
      : controller_(registers, memory.part(0, Controller::kMemoryBytes), wishes, conditions.now_ns),
        lists_(memory.part(Controller::kMemoryBytes, kMemoryBytes - Controller::kMemoryBytes)),
        requests_(static_cast<ddk::SlotDevice&>(*this), loop, conditions) {}

  // Brings the device up. Then requests()'s tasks must run.
  [[nodiscard]] std::expected<void, std::string_view> begin() { return requests_.begin(); }
  [[nodiscard]] ddk::RequestSlots& requests() { return requests_; }
  [[nodiscard]] const Facts& facts() const override { return found_->facts; }
  [[nodiscard]] std::size_t queues() { return controller_.pairs().size(); }

  rt::Task<Status> read(std::uint64_t offset, std::span<const DmaRange> to) override { return transfer(Kind::read, offset, to, 0); }
  rt::Task<Status> write(std::uint64_t offset, std::span<const DmaRange> from, bool durable) override {
    return transfer(Kind::write, offset, from, durable ? kDurable : 0);
  }
  rt::Task<Status> flush() override;
  rt::Task<Status> discard(std::uint64_t offset, std::uint64_t bytes) override;

 private:
  class Request final : public ddk::SlotRequest {
   public:
    Request(Disk& disk, const Command& command, std::span<const DmaRange> data = {}, const Range& range = {})
        : disk_(disk), command_(command), data_(data), range_(range) {}
    bool offer(std::size_t slot) override;
    bool done(std::size_t, std::uint32_t said) override {
      said_ = said;
      return true;
    }
    // What the device said, without the phase.
    [[nodiscard]] std::uint32_t said() const { return said_; }

   private:
    Disk& disk_;
    Command command_;
    std::span<const DmaRange> data_;
    Range range_;
    std::uint32_t said_ = 0;
  };

  [[nodiscard]] Command command(Kind kind) const;
  rt::Task<Status> transfer(Kind kind, std::uint64_t offset, std::span<const DmaRange> pieces, std::uint32_t flags);
  // Again where the device says that it may help.
  rt::Task<Status> run(Request request);

  std::expected<void, std::string_view> bring_up() override;
  std::expected<std::optional<Answer>, std::string_view> take() override;
  // A message comes for each batch of answers, wanted or not: there is no cheaper way to say so (NVMe 7.5).
  void set_interrupts(bool) override {}
  void announce() override;
  bool needs_reset() override { return controller_.broken(); }

  Controller controller_;
  ddk::DmaRegion lists_;
  std::optional<Controller::Found> found_;
  // Of the last command of each slot: its number, and how often the slot was used, so that an answer to an earlier one is found out.
  std::array<std::uint16_t, ddk::RequestSlots::kMostRequests> ids_{};
  std::uint16_t uses_ = 0;
  ddk::RequestSlots requests_;
};

}  // namespace tessera::nvme
