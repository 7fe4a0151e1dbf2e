// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/virtio_rng/rng.hpp"

namespace tessera::virtio_rng {

std::expected<ddk::Virtqueue, std::string_view> Rng::bring_up() {
  if (const auto accepted = device_.begin(0, 0); !accepted) return std::unexpected(accepted.error());
  auto queue = device_.make_queue(0, memory_, kEntries);
  if (!queue) return queue;
  queue->set_interrupts(true);
  device_.go();
  return queue;
}

rt::Task<std::optional<std::uint32_t>> Rng::fill(std::span<const ddk::DmaRange> memory) {
  Request request;
  for (const ddk::DmaRange& part : memory) request.all.at(request.count++) = {part.address, part.bytes, true};
  if (co_await requests_.run(request) != ddk::RequestQueue::End::answered) co_return std::nullopt;
  co_return request.written;
}

}  // namespace tessera::virtio_rng
