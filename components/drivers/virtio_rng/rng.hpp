// SPDX-License-Identifier: Apache-2.0
// A virtio entropy device (virtio 1.1, 5.4): one queue, into which go buffers that it fills.
#pragma once

#include "lib/ddk/request_queue.hpp"

namespace tessera::virtio_rng {

class Rng final : private ddk::DeviceStart {
 public:
  static constexpr std::uint16_t kEntries = 64;
  static constexpr std::size_t kMemoryBytes = ddk::Virtqueue::bytes_for(kEntries);

  // `memory`: kMemoryBytes at least.
  Rng(ddk::VirtioDevice& device, const ddk::DmaRegion& memory, rt::TaskLoop& loop, const ddk::Conditions& conditions)
      : device_(device), memory_(memory), requests_(device, 0, *this, {}, loop, conditions) {}

  [[nodiscard]] std::expected<void, std::string_view> begin() { return requests_.begin(); }
  [[nodiscard]] ddk::RequestQueue& requests() { return requests_; }

  // Fills the memory, which is the device's meanwhile, from its beginning; how much. None: the device does not answer.
  rt::Task<std::optional<std::uint32_t>> fill(std::span<const ddk::DmaRange> memory);

 private:
  struct Request final : ddk::DeviceRequest {
    std::span<const ddk::Virtqueue::Part> parts(const ddk::DmaRegion&) override { return std::span(all).first(count); }
    bool answered(const ddk::DmaRegion&, std::uint32_t bytes) override { return (written = bytes) > 0; }
    std::array<ddk::Virtqueue::Part, kEntries> all{};
    std::size_t count = 0;
    std::uint32_t written = 0;
  };

  std::expected<ddk::Virtqueue, std::string_view> bring_up() override;

  ddk::VirtioDevice& device_;
  ddk::DmaRegion memory_;
  ddk::RequestQueue requests_;
};

}  // namespace tessera::virtio_rng
