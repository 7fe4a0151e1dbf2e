// SPDX-License-Identifier: Apache-2.0
// A split virtqueue (virtio 1.1, 2.6), the driver's side: chains of buffers, as one indirect descriptor each
// where that was negotiated, with flags or event indices against needless notices and interrupts.
//
// The device is not trusted: what it writes is read once, and nothing that this side needs is read from
// the shared memory; a count or a number that makes no sense is an error, after which the queue is of no
// more use until the device was reset and the queue made anew. Telling the device is the caller's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "lib/ddk/dma_region.hpp"

namespace tessera::ddk {

enum class QueueError : std::uint8_t { bad_memory, bad_device };

struct QueueFeatures {
  bool indirect = false;     // VIRTIO_F_INDIRECT_DESC (28)
  bool event_index = false;  // VIRTIO_F_EVENT_IDX (29)
};

class Virtqueue {
 public:
  static constexpr std::uint16_t kMostEntries = 256;

  using Features = QueueFeatures;
  // One stretch of memory of a chain. Those that the device writes come last.
  struct Part {
    std::uint64_t address = 0;  // the device's
    std::uint32_t bytes = 0;
    bool device_writes = false;
  };
  struct Used {
    std::uint16_t token = 0;  // of the chain
    std::uint32_t bytes = 0;  // that the device says it wrote, at most what it could
  };

  // Bytes of memory for a queue; `table_parts`: the longest chain that is to take one descriptor, with Features::indirect.
  [[nodiscard]] static constexpr std::size_t bytes_for(std::uint16_t entries, std::size_t table_parts = 0) {
    return tables_at(entries) + entries * table_parts * kDescriptorBytes;
  }
  // `entries`: a power of two, at most kMostEntries; `memory` aligned to 16. Clears the memory.
  [[nodiscard]] static std::expected<Virtqueue, QueueError> over(const DmaRegion& memory, std::uint16_t entries,
                                                                 const Features& features = {}, std::size_t table_parts = 0);

  [[nodiscard]] std::uint16_t entries() const { return entries_; }
  // Chains that the device has.
  [[nodiscard]] std::uint16_t outstanding() const { return outstanding_; }
  // Where the device finds the three parts.
  [[nodiscard]] std::uint64_t descriptors_address() const { return memory_.address(); }
  [[nodiscard]] std::uint64_t driver_address() const { return memory_.address() + available_at(entries_); }
  [[nodiscard]] std::uint64_t device_address() const { return memory_.address() + used_at(entries_); }

  // Offers a chain to the device; `token` comes back with it. False: there are too few descriptors now, or no parts.
  [[nodiscard]] bool offer(std::uint16_t token, std::span<const Part> parts);
  // The device wants to be told of what was offered since this was last asked.
  [[nodiscard]] bool wants_notice();
  // The next chain that the device is done with.
  [[nodiscard]] std::expected<std::optional<Used>, QueueError> take();

  // Asks for no interrupts, or for one at the next chain that the device is done with. After asking for them, look at
  // take() once more.
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
  // What is known of a descriptor, privately.
  struct Slot {
    std::uint16_t next = 0;      // of its chain, or of the free ones
    std::uint16_t count = 0;     // of descriptors, at the head of a chain that the device has
    std::uint16_t token = 0;
    std::uint32_t writable = 0;  // bytes that the device may write
  };

  static constexpr std::size_t kDescriptorBytes = 16, kRingHead = 4, kEventBytes = 2;
  static constexpr std::size_t aligned(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }
  static constexpr std::size_t available_at(std::uint16_t entries) { return entries * kDescriptorBytes; }
  static constexpr std::size_t used_event_at(std::uint16_t entries) { return available_at(entries) + kRingHead + 2 * std::size_t{entries}; }
  static constexpr std::size_t used_at(std::uint16_t entries) { return aligned(used_event_at(entries) + kEventBytes, 64); }
  static constexpr std::size_t available_event_at(std::uint16_t entries) { return used_at(entries) + kRingHead + 8 * std::size_t{entries}; }
  static constexpr std::size_t tables_at(std::uint16_t entries) { return aligned(available_event_at(entries) + kEventBytes, 64); }

  template <typename T>
  [[nodiscard]] T& at(std::size_t offset) const;
  [[nodiscard]] Descriptor& descriptor(std::size_t table, std::size_t number) const { return at<Descriptor>(table + number * kDescriptorBytes); }
  void write_chain(std::uint16_t head, std::span<const Part> parts);
  void write_table(std::uint16_t head, std::span<const Part> parts);
  void give_back(std::uint16_t head);

  DmaRegion memory_;
  Features features_;
  std::size_t table_parts_ = 0;
  std::uint16_t entries_ = 0;
  std::uint16_t available_index_ = 0;
  std::uint16_t noticed_index_ = 0;  // up to where the device was told, or wanted not to be
  std::uint16_t used_index_ = 0;
  std::uint16_t outstanding_ = 0;
  std::uint16_t first_free_ = 0;
  std::uint16_t free_ = 0;
  std::array<Slot, kMostEntries> slots_{};
};

}  // namespace tessera::ddk
