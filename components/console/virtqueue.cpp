// SPDX-License-Identifier: Apache-2.0
#include "components/console/virtqueue.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

namespace tessera::console {

namespace {
constexpr std::uint16_t kDeviceWrites = 2;   // descriptor flag
constexpr std::uint16_t kNoInterrupt = 1;    // available ring's flag
constexpr std::uint16_t kNoNotice = 1;       // used ring's flag
constexpr std::size_t kRingHead = 4;
}  // namespace

template <typename T>
T& Virtqueue::at(std::size_t offset) const {
  return *reinterpret_cast<T*>(&memory_.subspan(offset, sizeof(T)).front());
}

std::expected<Virtqueue, QueueError> Virtqueue::over(std::span<std::byte> memory, std::uint16_t entries) {
  const bool aligned = memory.size() >= kBytes && reinterpret_cast<std::uintptr_t>(memory.data()) % 16 == 0;
  if (!aligned || entries == 0 || entries > kMostEntries || !std::has_single_bit(entries)) return std::unexpected(QueueError::bad_memory);
  Virtqueue queue;
  queue.memory_ = memory.first(kBytes);
  queue.entries_ = entries;
  std::ranges::fill(queue.memory_, std::byte{0});
  return queue;
}

void Virtqueue::offer(std::uint16_t buffer, std::uint64_t device_address, std::uint32_t bytes, bool device_writes) {
  at<Descriptor>(kDescriptors + buffer * sizeof(Descriptor)) = {
      .address = device_address, .bytes = bytes, .flags = device_writes ? kDeviceWrites : std::uint16_t{0}, .next = 0};
  at<std::uint16_t>(kAvailable + kRingHead + 2u * (available_index_ % entries_)) = buffer;
  ++available_index_;
  ++outstanding_;
  with_device_[buffer] = true;
  std::atomic_ref(at<Ring>(kAvailable).index).store(available_index_, std::memory_order_release);
}

bool Virtqueue::wants_notice() const {
  // The index was stored before the flag is read (virtio 1.1, 2.6.13.4.1).
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return (std::atomic_ref(at<Ring>(kUsed).flags).load(std::memory_order_relaxed) & kNoNotice) == 0;
}

std::expected<std::optional<Virtqueue::Used>, QueueError> Virtqueue::take() {
  const std::uint16_t index = std::atomic_ref(at<Ring>(kUsed).index).load(std::memory_order_acquire);
  if (index == used_index_) return std::nullopt;
  if (static_cast<std::uint16_t>(index - used_index_) > outstanding_) return std::unexpected(QueueError::bad_device);
  const std::size_t offset = kUsed + kRingHead + sizeof(UsedEntry) * (used_index_ % entries_);
  const std::uint32_t id = std::atomic_ref(at<UsedEntry>(offset).id).load(std::memory_order_relaxed);
  const std::uint32_t bytes = std::atomic_ref(at<UsedEntry>(offset).bytes).load(std::memory_order_relaxed);
  if (id >= entries_ || !with_device_[id]) return std::unexpected(QueueError::bad_device);
  with_device_[id] = false;
  --outstanding_;
  ++used_index_;
  return Used{static_cast<std::uint16_t>(id), bytes};
}

void Virtqueue::set_interrupts(bool wanted) {
  std::atomic_ref(at<Ring>(kAvailable).flags).store(wanted ? std::uint16_t{0} : kNoInterrupt, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace tessera::console
