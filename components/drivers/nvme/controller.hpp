// SPDX-License-Identifier: Apache-2.0
// An NVM Express controller up to the point where commands for its disk can be given: reset, its own queues, what it
// says of itself and its namespace, queues for commands. All of it waits for the device, which has nothing else to do.
#pragma once

#include <array>

#include "components/drivers/block/disk.hpp"
#include "components/drivers/nvme/queue_pair.hpp"
#include "lib/ddk/registers.hpp"

namespace tessera::nvme {

class Controller {
 public:
  static constexpr std::size_t kMostPairs = 4;
  static constexpr std::uint16_t kAdminEntries = 16, kEntries = 128;
  static constexpr std::size_t kMemoryBytes =
      QueuePair::bytes_for(kAdminEntries) + kPage + kMostPairs * QueuePair::bytes_for(kEntries);

  struct Wishes {
    std::size_t pairs = 1;       // at most kMostPairs
    std::size_t interrupts = 0;  // messages, which the pairs share in turn; 0: none
  };
  struct Found {
    block_driver::Facts facts;
    std::uint32_t space = 0;  // the namespace's number
    bool operator==(const Found&) const = default;
  };

  // `memory`: kMemoryBytes, page-aligned.
  Controller(ddk::Registers& registers, const ddk::DmaRegion& memory, const Wishes& wishes, std::uint64_t (*now_ns)())
      : registers_(registers), memory_(memory), wishes_(wishes), now_ns_(now_ns) {}

  // From whatever it does now to pairs() that are ready for commands.
  [[nodiscard]] std::expected<Found, std::string_view> bring_up();
  [[nodiscard]] std::span<QueuePair> pairs() { return std::span(pairs_).first(pair_count_); }
  // Tells the device of commands, and of answers that were taken.
  void tell_new(QueuePair& pair, std::size_t number);
  void tell_taken(QueuePair& pair, std::size_t number);
  // It says itself that it can do no more, or is gone.
  [[nodiscard]] bool broken();

 private:
  using Done = std::expected<void, std::string_view>;
  [[nodiscard]] Done reset();
  [[nodiscard]] Done enable();
  // The controller's answer; what it is about lies in page_.
  [[nodiscard]] std::expected<std::uint32_t, std::string_view> ask(Command command);
  [[nodiscard]] Done identify(std::uint32_t which, std::uint32_t space);
  [[nodiscard]] std::expected<Found, std::string_view> look();
  [[nodiscard]] Done format_of(Found& found);
  [[nodiscard]] Done make_pairs();
  [[nodiscard]] std::size_t doorbell(std::size_t pair, bool completions) const { return kDoorbellsAt + (2 * pair + (completions ? 1 : 0)) * doorbell_bytes_; }
  template <typename T>
  [[nodiscard]] T found_at(std::size_t offset) const;

  ddk::Registers& registers_;
  ddk::DmaRegion memory_;
  Wishes wishes_;
  std::uint64_t (*now_ns_)();
  std::uint64_t patience_ns_ = 0;  // for ready to change
  std::uint16_t most_entries_ = 0;
  std::size_t doorbell_bytes_ = 4;
  QueuePair admin_;
  ddk::DmaRegion page_;
  std::array<QueuePair, kMostPairs> pairs_;
  std::size_t pair_count_ = 0;
};

}  // namespace tessera::nvme
