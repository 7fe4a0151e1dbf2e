// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/virtqueue.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

namespace tessera::ddk {

namespace {
constexpr std::uint16_t kMore = 1, kDeviceWrites = 2, kIndirect = 4;  // descriptor flags
constexpr std::uint16_t kNoInterrupt = 1;                              // available ring's flag
constexpr std::uint16_t kNoNotice = 1;                                 // used ring's flag
}  // namespace

template <typename T>
T& Virtqueue::at(std::size_t offset) const {
  return *reinterpret_cast<T*>(&memory_.bytes().subspan(offset, sizeof(T)).front());
}

std::expected<Virtqueue, QueueError> Virtqueue::over(const DmaRegion& memory, std::uint16_t entries, const Features& features,
                                                     std::size_t table_parts) {
  if (entries == 0 || entries > kMostEntries || !std::has_single_bit(entries)) return std::unexpected(QueueError::bad_memory);
  Virtqueue queue;
  queue.table_parts_ = features.indirect ? table_parts : 0;
  const std::size_t bytes = bytes_for(entries, queue.table_parts_);
  if (memory.bytes().size() < bytes || reinterpret_cast<std::uintptr_t>(memory.bytes().data()) % 16 != 0 || memory.address() % 16 != 0) {
    return std::unexpected(QueueError::bad_memory);
  }
  queue.memory_ = memory.part(0, bytes);
  queue.features_ = features;
  queue.entries_ = queue.free_ = entries;
  std::ranges::fill(queue.memory_.bytes(), std::byte{0});
  for (std::uint16_t number = 0; number < entries; ++number) queue.slots_[number].next = static_cast<std::uint16_t>(number + 1);
  return queue;
}

void Virtqueue::write_table(std::uint16_t head, std::span<const Part> parts) {
  const std::size_t table = tables_at(entries_) + head * table_parts_ * kDescriptorBytes;
  std::size_t number = 0;
  for (const Part& part : parts) {
    const bool last = number + 1 == parts.size();
    descriptor(table, number) = {.address = part.address,
                                 .bytes = part.bytes,
                                 .flags = static_cast<std::uint16_t>((part.device_writes ? kDeviceWrites : 0) | (last ? 0 : kMore)),
                                 .next = static_cast<std::uint16_t>(last ? 0 : number + 1)};
    ++number;
  }
  descriptor(0, head) = {.address = memory_.address() + table,
                         .bytes = static_cast<std::uint32_t>(parts.size() * kDescriptorBytes),
                         .flags = kIndirect,
                         .next = 0};
}

void Virtqueue::write_chain(std::uint16_t head, std::span<const Part> parts) {
  std::uint16_t number = head;
  std::size_t left = parts.size();
  for (const Part& part : parts) {
    const bool last = --left == 0;
    descriptor(0, number) = {.address = part.address,
                             .bytes = part.bytes,
                             .flags = static_cast<std::uint16_t>((part.device_writes ? kDeviceWrites : 0) | (last ? 0 : kMore)),
                             .next = last ? std::uint16_t{0} : slots_[number].next};
    number = slots_[number].next;
  }
}

bool Virtqueue::offer(std::uint16_t token, std::span<const Part> parts) {
  const bool as_table = parts.size() > 1 && parts.size() <= table_parts_;
  const std::size_t count = as_table ? 1 : parts.size();
  if (count == 0 || count > free_) return false;
  const std::uint16_t head = first_free_;
  if (as_table) write_table(head, parts);
  else write_chain(head, parts);
  for (std::size_t taken = 0; taken < count; ++taken) first_free_ = slots_[first_free_].next;
  free_ = static_cast<std::uint16_t>(free_ - count);
  Slot& slot = slots_[head];
  slot.count = static_cast<std::uint16_t>(count);
  slot.token = token;
  slot.writable = 0;
  for (const Part& part : parts) slot.writable += part.device_writes ? part.bytes : 0;
  at<std::uint16_t>(available_at(entries_) + kRingHead + 2u * (available_index_ % entries_)) = head;
  ++available_index_;
  ++outstanding_;
  std::atomic_ref(at<Ring>(available_at(entries_)).index).store(available_index_, std::memory_order_release);
  return true;
}

bool Virtqueue::wants_notice() {
  // The index was stored before what the device wants is read (virtio 1.1, 2.6.13.4.1).
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const std::uint16_t before = noticed_index_;
  noticed_index_ = available_index_;
  if (!features_.event_index) return (std::atomic_ref(at<Ring>(used_at(entries_)).flags).load(std::memory_order_relaxed) & kNoNotice) == 0;
  const std::uint16_t event = std::atomic_ref(at<std::uint16_t>(available_event_at(entries_))).load(std::memory_order_relaxed);
  // 2.6.7.2: the event's index was passed.
  return static_cast<std::uint16_t>(available_index_ - event - 1) < static_cast<std::uint16_t>(available_index_ - before);
}

// Only own notes lead through the chain.
void Virtqueue::give_back(std::uint16_t head) {
  std::uint16_t last = head;
  for (std::uint16_t step = 1; step < slots_[head].count; ++step) last = slots_[last].next;
  slots_[last].next = first_free_;
  first_free_ = head;
  free_ = static_cast<std::uint16_t>(free_ + slots_[head].count);
  slots_[head].count = 0;
}

std::expected<std::optional<Virtqueue::Used>, QueueError> Virtqueue::take() {
  const std::uint16_t index = std::atomic_ref(at<Ring>(used_at(entries_)).index).load(std::memory_order_acquire);
  if (index == used_index_) return std::nullopt;
  if (static_cast<std::uint16_t>(index - used_index_) > outstanding_) return std::unexpected(QueueError::bad_device);
  UsedEntry& entry = at<UsedEntry>(used_at(entries_) + kRingHead + sizeof(UsedEntry) * (used_index_ % entries_));
  const std::uint32_t id = std::atomic_ref(entry.id).load(std::memory_order_relaxed);
  const std::uint32_t bytes = std::atomic_ref(entry.bytes).load(std::memory_order_relaxed);
  if (id >= entries_ || slots_[id].count == 0 || bytes > slots_[id].writable) return std::unexpected(QueueError::bad_device);
  const std::uint16_t token = slots_[id].token;
  give_back(static_cast<std::uint16_t>(id));
  --outstanding_;
  ++used_index_;
  return Used{token, bytes};
}

void Virtqueue::set_interrupts(bool wanted) {
  if (features_.event_index) {
    // An index that is far away is none.
    constexpr std::uint16_t kFar = 0x8000;
    std::atomic_ref(at<std::uint16_t>(used_event_at(entries_)))
        .store(static_cast<std::uint16_t>(wanted ? used_index_ : used_index_ + kFar), std::memory_order_relaxed);
  } else {
    std::atomic_ref(at<Ring>(available_at(entries_)).flags).store(wanted ? std::uint16_t{0} : kNoInterrupt, std::memory_order_relaxed);
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace tessera::ddk
