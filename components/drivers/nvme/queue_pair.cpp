// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/nvme/queue_pair.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

namespace tessera::nvme {

QueuePair::QueuePair(const ddk::DmaRegion& memory, std::uint16_t number, std::uint16_t entries)
    : memory_(memory.part(0, bytes_for(entries))), number_(number), entries_(entries) {
  std::ranges::fill(memory_.bytes(), std::byte{0});
}

void QueuePair::submit(const Command& command) {
  std::memcpy(memory_.bytes().subspan(tail_ * sizeof command, sizeof command).data(), &command, sizeof command);
  tail_ = static_cast<std::uint16_t>((tail_ + 1) % entries_);
  ++outstanding_;
}

// Of the next answer.
std::uint32_t QueuePair::word(std::size_t number) const {
  const auto bytes = memory_.bytes().subspan(completions_at(entries_) + head_ * sizeof(Completion) + number * sizeof(std::uint32_t), sizeof(std::uint32_t));
  return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(&bytes.front())).load(std::memory_order_acquire);
}

std::expected<std::optional<Completion>, std::string_view> QueuePair::take() {
  // The phase tells that the rest is there.
  const std::uint32_t last = word(3);
  if ((last >> 16 & 1) != phase_) return std::nullopt;
  const std::uint32_t heads = word(2);
  const Completion answer{.result = word(0),
                          .reserved = 0,
                          .submission_head = static_cast<std::uint16_t>(heads),
                          .submission_queue = static_cast<std::uint16_t>(heads >> 16),
                          .id = static_cast<std::uint16_t>(last),
                          .status = static_cast<std::uint16_t>(last >> 16)};
  if (outstanding_ == 0) return std::unexpected("it answered what nobody asked");
  if (answer.submission_queue != number_) return std::unexpected("it answered in another queue");
  if (answer.submission_head >= entries_ || ahead(fetched_, answer.submission_head) > ahead(fetched_, tail_)) {
    return std::unexpected("it says that it has read what was not there");
  }
  fetched_ = answer.submission_head;
  --outstanding_;
  head_ = static_cast<std::uint16_t>((head_ + 1) % entries_);
  if (head_ == 0) phase_ ^= 1;
  return answer;
}

std::optional<std::uint32_t> QueuePair::new_tail() {
  if (std::exchange(told_tail_, tail_) == tail_) return std::nullopt;
  return tail_;
}

std::optional<std::uint32_t> QueuePair::new_head() {
  if (std::exchange(told_head_, head_) == head_) return std::nullopt;
  return head_;
}

}  // namespace tessera::nvme
