// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/request_queue.hpp"

namespace tessera::ddk {

bool DeviceRequest::offer(std::size_t slot) { return queue_->queue_.offer(static_cast<std::uint16_t>(slot), parts(queue_->own(slot))); }

bool DeviceRequest::done(std::size_t slot, std::uint32_t said) { return answered(queue_->own(slot), said); }

std::expected<void, std::string_view> RequestQueue::bring_up() {
  const auto queue = start_.bring_up();
  if (!queue) return std::unexpected(queue.error());
  queue_ = *queue;
  return {};
}

std::expected<std::optional<SlotDevice::Answer>, std::string_view> RequestQueue::take() {
  const auto used = queue_.take();
  if (!used) return std::unexpected("it broke the rules");
  if (!*used) return std::nullopt;
  return Answer{.slot = (*used)->token, .said = (*used)->bytes};
}

}  // namespace tessera::ddk
