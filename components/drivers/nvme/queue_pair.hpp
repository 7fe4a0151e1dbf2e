// SPDX-License-Identifier: Apache-2.0
// A submission queue and the completion queue of its answers (NVMe 4.1), the driver's side.
//
// The device is not trusted: an answer is read once, and one that does not fit what was asked is an error, after which
// the pair is of no more use until the controller was reset and the pair made anew. Telling the device is the caller's.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "components/drivers/nvme/layout.hpp"
#include "lib/ddk/dma_region.hpp"

namespace tessera::nvme {

class QueuePair {
 public:
  // Bytes of memory for a pair: whole pages.
  [[nodiscard]] static constexpr std::size_t bytes_for(std::uint16_t entries) {
    return completions_at(entries) + pages(entries * sizeof(Completion));
  }

  QueuePair() = default;
  // `memory`: bytes_for(entries), page-aligned; it is cleared.
  QueuePair(const ddk::DmaRegion& memory, std::uint16_t number, std::uint16_t entries);

  [[nodiscard]] std::uint16_t entries() const { return entries_; }
  [[nodiscard]] std::uint64_t submissions_address() const { return memory_.address(); }
  [[nodiscard]] std::uint64_t completions_address() const { return memory_.address() + completions_at(entries_); }

  // One entry stays free.
  [[nodiscard]] bool full() const { return outstanding_ + 1u >= entries_; }
  // Only when it is not full.
  void submit(const Command& command);
  // The next answer. An error: why the device must be reset.
  [[nodiscard]] std::expected<std::optional<Completion>, std::string_view> take();

  // What a doorbell is to be told; none: the device knows.
  [[nodiscard]] std::optional<std::uint32_t> new_tail();
  [[nodiscard]] std::optional<std::uint32_t> new_head();

 private:
  static constexpr std::size_t pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }
  static constexpr std::size_t completions_at(std::uint16_t entries) { return pages(entries * sizeof(Command)); }
  [[nodiscard]] std::uint32_t word(std::size_t number) const;
  // How far `to` is ahead of `from` in the submission queue.
  [[nodiscard]] std::uint32_t ahead(std::uint32_t from, std::uint32_t to) const { return (to + entries_ - from) % entries_; }

  ddk::DmaRegion memory_;
  std::uint16_t number_ = 0, entries_ = 0, outstanding_ = 0;
  std::uint16_t tail_ = 0, told_tail_ = 0;  // of submissions
  std::uint16_t fetched_ = 0;               // up to where the device says that it has read them
  std::uint16_t head_ = 0, told_head_ = 0;  // of completions
  std::uint32_t phase_ = 1;                 // of what is new
};

}  // namespace tessera::nvme
