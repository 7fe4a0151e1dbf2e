// SPDX-License-Identifier: Apache-2.0
// A split virtqueue (virtio 1.1, 2.6), the driver's side, one buffer a descriptor.
//
// The device is not trusted: what it writes is read once; an index or a buffer
// number that makes no sense is an error, after which the queue is of no more use.
// Knows memory only: addresses for the device are the caller's, and so is telling it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

namespace tessera::console {

enum class QueueError : std::uint8_t { bad_memory, bad_device };

class Virtqueue {
 public:
  static constexpr std::uint16_t kMostEntries = 64;
  static constexpr std::size_t kBytes = 4096;  // of memory, page-aligned, known to the device
  static constexpr std::size_t kDescriptors = 0, kAvailable = 1024, kUsed = 2048;

  struct Used {
    std::uint16_t buffer = 0;
    std::uint32_t bytes = 0;  // written by the device; what the caller makes of it, it checks
  };

  // `entries`: a power of two, at most kMostEntries. Clears the memory.
  [[nodiscard]] static std::expected<Virtqueue, QueueError> over(std::span<std::byte> memory, std::uint16_t entries);

  [[nodiscard]] std::uint16_t entries() const { return entries_; }
  [[nodiscard]] std::uint16_t outstanding() const { return outstanding_; }

  // Offers buffer number `buffer` (below entries, not outstanding) to the device.
  void offer(std::uint16_t buffer, std::uint64_t device_address, std::uint32_t bytes, bool device_writes);
  // The device wants to be told of what was offered.
  [[nodiscard]] bool wants_notice() const;
  // The next buffer that the device is done with.
  [[nodiscard]] std::expected<std::optional<Used>, QueueError> take();

  // Asks for no interrupts, or for them. After asking, look at take() once more.
  void set_interrupts(bool wanted);

 private:
  struct Descriptor {
    std::uint64_t address;
    std::uint32_t bytes;
    std::uint16_t flags;
    std::uint16_t next;
  };
  struct Ring {
    std::uint16_t flags;
    std::uint16_t index;
  };
  struct UsedEntry {
    std::uint32_t id;
    std::uint32_t bytes;
  };

  template <typename T>
  [[nodiscard]] T& at(std::size_t offset) const;

  std::span<std::byte> memory_;
  std::uint16_t entries_ = 0;
  std::uint16_t available_index_ = 0;
  std::uint16_t used_index_ = 0;
  std::uint16_t outstanding_ = 0;
  std::array<bool, kMostEntries> with_device_{};
};

}  // namespace tessera::console
