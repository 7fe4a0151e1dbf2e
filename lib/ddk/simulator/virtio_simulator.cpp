// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/simulator/virtio_simulator.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera::ddk::simulator {

namespace {
constexpr std::uint16_t kMore = 1, kDeviceWrites = 2, kIndirectFlag = 4, kOff = 1;
constexpr std::uint64_t kDescriptorBytes = 16, kHead = 4;
}  // namespace

std::vector<std::byte> gather(const std::vector<std::span<std::byte>>& parts) {
  std::vector<std::byte> all;
  for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::uint32_t scatter(std::span<const std::byte> from, const std::vector<std::span<std::byte>>& parts) {
  const std::size_t wanted = from.size();
  for (const auto part : parts) {
    const std::size_t bytes = std::min(part.size(), from.size());
    std::ranges::copy(from.first(bytes), part.begin());
    from = from.subspan(bytes);
  }
  return static_cast<std::uint32_t>(wanted - from.size());
}

template <typename T>
T VirtioSimulator::load(std::uint64_t address) {
  T value{};
  if (const auto memory = memory_.at(address, sizeof(T))) std::memcpy(&value, memory->data(), sizeof(T));
  else complain("it was told of something that is no memory");
  return value;
}

template <typename T>
void VirtioSimulator::store(std::uint64_t address, T value) {
  if (const auto memory = memory_.at(address, sizeof(T))) std::memcpy(memory->data(), &value, sizeof(T));
  else complain("a queue is no memory");
}

std::expected<std::uint64_t, std::string_view> VirtioSimulator::begin(std::uint64_t wanted, std::uint64_t needed) {
  if (!reset()) return std::unexpected("it does not reset");
  if ((has_ & needed) != needed) return std::unexpected("it lacks a feature that is needed");
  accepted_ = has_ & (wanted | needed | kVersion1);
  return accepted_;
}

std::expected<Virtqueue, std::string_view> VirtioSimulator::make_queue(std::uint16_t number, const DmaRegion& memory, std::uint16_t most,
                                                                       const Virtqueue::Features& features, std::size_t table_parts) {
  if (number >= queues_.size() || entries == 0) return std::unexpected("it lacks a queue");
  if (features.event_index != event_index() || (features.indirect && (accepted_ & kIndirect) == 0)) complain("features were used that were not accepted");
  const auto queue = Virtqueue::over(memory, std::bit_floor(std::min({entries, most, Virtqueue::kMostEntries})), features, table_parts);
  if (!queue) return std::unexpected("bad memory for a queue");
  queues_[number] = {.there = true, .awake = false, .entries = queue->entries(), .seen = 0, .used = 0,
                     .descriptors = queue->descriptors_address(), .driver = queue->driver_address(),
                     .device = queue->device_address(), .pending = {}};
  return *queue;
}

void VirtioSimulator::tell(std::uint16_t number) {
  ++notices_;
  if (!running_) complain("it was told before it was running");
  if (number < queues_.size() && queues_[number].there) queues_[number].awake = true;
  else complain("it was told of no queue");
}

bool VirtioSimulator::reset() {
  if (!faults.resets) return false;
  ++resets_;
  running_ = broken = false;
  queues_ = {};
  logic_.reset();
  return true;
}

void VirtioSimulator::want_notices(Queue& queue, bool wanted) {
  if (event_index()) {
    const std::uint16_t event = wanted ? queue.seen : static_cast<std::uint16_t>(queue.seen + 0x8000);
    store<std::uint16_t>(queue.device + kHead + 8 * std::uint64_t{queue.entries}, event);
  } else {
    store<std::uint16_t>(queue.device, wanted ? std::uint16_t{0} : kOff);
  }
}

void VirtioSimulator::add(Chain& chain, const Descriptor& descriptor) {
  const auto memory = memory_.at(descriptor.address, descriptor.bytes);
  if (!memory || descriptor.bytes == 0) return complain("a descriptor names no memory");
  const bool writes = (descriptor.flags & kDeviceWrites) != 0;
  if (!writes && !chain.writable.empty()) complain("what it reads comes behind what it writes");
  (writes ? chain.writable : chain.readable).push_back(*memory);
}

Chain VirtioSimulator::walk(const Queue& queue, std::uint16_t number, std::uint16_t head) {
  Chain chain{.queue = number, .head = head, .readable = {}, .writable = {}};
  std::uint64_t table = queue.descriptors, count = queue.entries;
  std::uint16_t at = head;
  for (std::uint64_t step = 0;; ++step) {
    if (at >= count || step > count) {  // one step more into a table
      complain("a chain leads out of its table, or in a circle");
      return chain;
    }
    const auto descriptor = load<Descriptor>(table + at * kDescriptorBytes);
    if ((descriptor.flags & kIndirectFlag) != 0) {
      if ((accepted_ & kIndirect) == 0 || table != queue.descriptors || descriptor.bytes % kDescriptorBytes != 0 || descriptor.bytes == 0) {
        complain("a bad indirect descriptor");
        return chain;
      }
      table = descriptor.address;
      count = descriptor.bytes / kDescriptorBytes;
      at = 0;
      continue;
    }
    add(chain, descriptor);
    if ((descriptor.flags & kMore) == 0) return chain;
    at = descriptor.next;
  }
}

bool VirtioSimulator::fetch(Queue& queue, std::uint16_t number) {
  if (!queue.awake) return false;
  const auto index = load<std::uint16_t>(queue.driver + 2);
  if (index == queue.seen) {
    // To sleep: say so, then look once more.
    want_notices(queue, true);
    queue.awake = load<std::uint16_t>(queue.driver + 2) != queue.seen;
    return queue.awake;
  }
  want_notices(queue, false);
  if (static_cast<std::uint16_t>(index - queue.seen) > queue.entries) complain("more is offered than there are entries");
  const auto head = load<std::uint16_t>(queue.driver + kHead + 2u * (queue.seen % queue.entries));
  ++queue.seen;
  queue.pending.push_back(walk(queue, number, head));
  return true;
}

// The index moves on by `ahead`.
void VirtioSimulator::report(Queue& queue, std::uint32_t id, std::uint32_t bytes, std::uint16_t ahead) {
  const std::uint64_t entry = queue.device + kHead + 8u * (queue.used % queue.entries);
  store<std::uint32_t>(entry, id);
  store<std::uint32_t>(entry + 4, bytes);
  const std::uint16_t before = queue.used;
  queue.used = static_cast<std::uint16_t>(queue.used + ahead);
  store<std::uint16_t>(queue.device + 2, queue.used);
  bool wanted = load<std::uint16_t>(queue.driver) != kOff;
  if (event_index()) {
    const auto event = load<std::uint16_t>(queue.driver + kHead + 2 * std::uint64_t{queue.entries});
    wanted = static_cast<std::uint16_t>(queue.used - event - 1) < static_cast<std::uint16_t>(queue.used - before);
  }
  if (!wanted) return;
  ++interrupts_;
  on_interrupt();
}

// What no driver can take for the truth.
void VirtioSimulator::lie(Queue& queue) {
  ++lies_;
  const std::uint16_t head = queue.pending.front().head;
  switch (random_() % 4) {
    case 0: return report(queue, queue.entries + static_cast<std::uint32_t>(random_() % 1000), 0, 1);
    case 1: return report(queue, head, 0xffff'fff0, 1);
    case 2: return report(queue, head, 0, static_cast<std::uint16_t>(queue.entries + 1 + random_() % 1000));
    default: return report(queue, 0xffff'0000u | head, 0, 1);
  }
}

void VirtioSimulator::scribble(Queue& queue) {
  ++lies_;
  const std::uint64_t bytes = kHead + 8 * std::uint64_t{queue.entries};
  for (unsigned count = 0; count < 8; ++count) store<std::uint8_t>(queue.device + random_() % bytes, static_cast<std::uint8_t>(random_()));
  ++interrupts_;
  on_interrupt();
}

bool VirtioSimulator::finish(Queue& queue) {
  if (queue.pending.empty()) return false;
  if (chance(faults.lie)) {
    lie(queue);
    return true;
  }
  if (chance(faults.scribble)) scribble(queue);
  const std::size_t which = faults.reorder ? random_() % queue.pending.size() : 0;
  const Chain chain = queue.pending[which];
  queue.pending.erase(queue.pending.begin() + static_cast<std::ptrdiff_t>(which));
  if (chance(faults.never)) {
    ++hung_;
    return true;
  }
  ++served_;
  report(queue, chain.head, logic_.serve(chain), 1);
  return true;
}

bool VirtioSimulator::step() {
  if (!running_ || broken) return false;
  // Each queue once, from a random one on.
  const std::size_t first = random_() % queues_.size();
  for (std::size_t count = 0; count < queues_.size(); ++count) {
    const std::size_t number = (first + count) % queues_.size();
    Queue& queue = queues_[number];
    if (!queue.there) continue;
    const bool fetch_first = random_() % 2 == 0;
    if (fetch_first && fetch(queue, static_cast<std::uint16_t>(number))) return true;
    if (finish(queue)) return true;
    if (!fetch_first && fetch(queue, static_cast<std::uint16_t>(number))) return true;
  }
  return false;
}

}  // namespace tessera::ddk::simulator
