// SPDX-License-Identifier: Apache-2.0
// A virtio device (virtio 1.1, 2 and 3.1) as its driver uses it, whatever it hangs on: PCI (virtio_pci.hpp), or
// memory of a test (simulator/).
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "lib/ddk/virtqueue.hpp"

namespace tessera::ddk {

class VirtioDevice {
 public:
  static constexpr unsigned kMostQueues = 8;
  // Feature bits that belong to no kind of device.
  static constexpr std::uint64_t kIndirect = std::uint64_t{1} << 28, kEventIndex = std::uint64_t{1} << 29,
                                 kVersion1 = std::uint64_t{1} << 32, kByPlatform = std::uint64_t{1} << 33;

  // Resets the device and accepts of `wanted` what it has, at least `needed`; VERSION_1 and that an IOMMU is between it and
  // memory (ACCESS_PLATFORM, 6.1) always. What was accepted. Then
  // queues may be set up, then go().
  virtual std::expected<std::uint64_t, std::string_view> begin(std::uint64_t wanted, std::uint64_t needed) = 0;
  // Sets up queue `number` over `memory`, with as many entries as the device has, `most` at most.
  virtual std::expected<Virtqueue, std::string_view> make_queue(std::uint16_t number, const DmaRegion& memory, std::uint16_t most,
                                                                const Virtqueue::Features& features = {}, std::size_t table_parts = 0) = 0;
  virtual void go() = 0;
  // Tells the device that queue `number` has something new.
  virtual void tell(std::uint16_t number) = 0;
  // Afterwards the device touches no memory any more. False: it does not answer.
  [[nodiscard]] virtual bool reset() = 0;
  // It says itself that it is broken until it is reset (DEVICE_NEEDS_RESET).
  [[nodiscard]] virtual bool needs_reset() = 0;

  // Its configuration as 32-bit words from `offset`, all of one generation (2.4); 0 where it has none. None: it
  // does not stop changing.
  template <std::size_t kWords>
  [[nodiscard]] std::optional<std::array<std::uint32_t, kWords>> configuration(std::size_t offset) {
    constexpr unsigned kAttempts = 100;
    std::array<std::uint32_t, kWords> words{};
    for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
      const std::uint8_t before = generation();
      std::size_t at = offset;
      for (std::uint32_t& word : words) {
        word = configuration_word(at);
        at += sizeof word;
      }
      if (generation() == before) return words;
    }
    return std::nullopt;
  }

 protected:
  ~VirtioDevice() = default;
  virtual std::uint8_t generation() = 0;
  virtual std::uint32_t configuration_word(std::size_t offset) = 0;
};

}  // namespace tessera::ddk
