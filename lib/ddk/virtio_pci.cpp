// SPDX-License-Identifier: Apache-2.0
#include "lib/ddk/virtio_pci.hpp"

#include <algorithm>
#include <bit>

#include "lib/rt/clock.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::ddk {

namespace {

using rt::Register;

// virtio 1.1, 4.1.4.3.
constexpr Register<std::uint32_t, 0> kDeviceFeatureSelect;
constexpr Register<std::uint32_t, 4> kDeviceFeature;
constexpr Register<std::uint32_t, 8> kDriverFeatureSelect;
constexpr Register<std::uint32_t, 12> kDriverFeature;
constexpr Register<std::uint16_t, 16> kConfigVector;
constexpr Register<std::uint16_t, 18> kQueueCount;
constexpr Register<std::uint8_t, 20> kStatus;
constexpr Register<std::uint8_t, 21> kGeneration;
constexpr Register<std::uint16_t, 22> kQueueSelect;
constexpr Register<std::uint16_t, 24> kQueueSize;
constexpr Register<std::uint16_t, 26> kQueueVector;
constexpr Register<std::uint16_t, 28> kQueueEnable;
constexpr Register<std::uint16_t, 30> kQueueNotifyOffset;
constexpr std::size_t kQueueDescriptors = 32, kQueueDriver = 40, kQueueDevice = 48, kCommonBytes = 56;

// Status bits (2.1).
constexpr std::uint8_t kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8, kNeedsReset = 64;
constexpr std::uint16_t kNoVector = 0xffff;
constexpr std::uint64_t kResetLimitNs = 100'000'000;

void write64(const rt::Mmio& window, std::size_t offset, std::uint64_t value) {
  window.write_at<std::uint32_t>(offset, static_cast<std::uint32_t>(value));
  window.write_at<std::uint32_t>(offset + 4, static_cast<std::uint32_t>(value >> 32));
}

}  // namespace

std::optional<VirtioPci> VirtioPci::open(const rt::Start& start, std::string_view prefix) {
  const PciFunction function(start, prefix);
  const auto window = [&](std::string_view key) {
    const auto place = function.place(key);
    return place ? function.window(*place, place->length) : rt::Mmio();
  };
  VirtioPci device;
  device.configuration_ = window("virtio.device");
  device.common_ = window("virtio.common");
  device.notify_ = window("virtio.notify");
  const auto notify = function.place("virtio.notify");
  device.notify_multiplier_ = static_cast<std::uint32_t>(notify ? notify->extra.value_or(0) : 0);
  if (device.common_.size() < kCommonBytes || device.notify_.size() < 2) return std::nullopt;
  device.messages_ = MsixTable(function);
  return device;
}

bool VirtioPci::reset() {
  common_.write(kStatus, 0);
  const std::uint64_t limit = rt::now_ns() + kResetLimitNs;
  while (common_.read(kStatus) != 0) {
    if (rt::now_ns() > limit) return false;
    rt::yield();
  }
  return true;
}

std::expected<std::uint64_t, std::string_view> VirtioPci::begin(std::uint64_t wanted, std::uint64_t needed) {
  if (!reset()) return std::unexpected("it does not reset");
  common_.write(kStatus, kAcknowledge);
  common_.write(kStatus, kAcknowledge | kDriver);
  common_.write(kDeviceFeatureSelect, 1);
  const std::uint64_t high = common_.read(kDeviceFeature);
  common_.write(kDeviceFeatureSelect, 0);
  const std::uint64_t has = high << 32 | common_.read(kDeviceFeature);
  if ((has & kVersion1) == 0) return std::unexpected("it is older than virtio 1");
  if ((has & needed) != needed) return std::unexpected("it lacks a feature that is needed");
  const std::uint64_t accepted = has & (wanted | needed | kVersion1 | kByPlatform);
  common_.write(kDriverFeatureSelect, 0);
  common_.write(kDriverFeature, static_cast<std::uint32_t>(accepted));
  common_.write(kDriverFeatureSelect, 1);
  common_.write(kDriverFeature, static_cast<std::uint32_t>(accepted >> 32));
  common_.write(kStatus, kAcknowledge | kDriver | kFeaturesOk);
  if ((common_.read(kStatus) & kFeaturesOk) == 0) return std::unexpected("it refuses to work without more features");
  common_.write(kConfigVector, kNoVector);
  return accepted;
}

bool VirtioPci::set_message(std::uint64_t address, std::uint64_t data) {
  interrupts_ = messages_.set(0, {.address = address, .data = data});
  return interrupts_;
}

std::expected<Virtqueue, std::string_view> VirtioPci::make_queue(std::uint16_t number, const DmaRegion& memory, std::uint16_t most,
                                                                 const Virtqueue::Features& features, std::size_t table_parts) {
  if (number >= common_.read(kQueueCount) || number >= notify_offsets_.size()) return std::unexpected("it lacks a queue");
  common_.write(kQueueSelect, number);
  const std::uint16_t has = common_.read(kQueueSize);
  if (has == 0) return std::unexpected("it lacks a queue");
  const std::uint16_t entries = std::bit_floor(std::min({has, most, Virtqueue::kMostEntries}));
  const auto queue = Virtqueue::over(memory, entries, features, table_parts);
  if (!queue) return std::unexpected("bad memory for a queue");
  common_.write(kQueueSize, entries);
  write64(common_, kQueueDescriptors, queue->descriptors_address());
  write64(common_, kQueueDriver, queue->driver_address());
  write64(common_, kQueueDevice, queue->device_address());
  common_.write(kQueueVector, interrupts_ ? std::uint16_t{0} : kNoVector);
  if (interrupts_ && common_.read(kQueueVector) != 0) return std::unexpected("it has no interrupt for a queue");
  const std::uint64_t offset = std::uint64_t{common_.read(kQueueNotifyOffset)} * notify_multiplier_;
  if (offset > notify_.size() - 2 || offset % 2 != 0) return std::unexpected("it wants to be told outside of its registers");
  notify_offsets_[number] = offset;
  common_.write(kQueueEnable, 1);
  return *queue;
}

void VirtioPci::go() { common_.write(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk); }

void VirtioPci::tell(std::uint16_t number) { notify_.write_at<std::uint16_t>(notify_offsets_[number], number); }

bool VirtioPci::needs_reset() { return (common_.read(kStatus) & kNeedsReset) != 0; }

std::uint8_t VirtioPci::generation() { return common_.read(kGeneration); }

std::uint32_t VirtioPci::configuration_word(std::size_t offset) {
  return offset + 4 <= configuration_.size() ? configuration_.read_at<std::uint32_t>(offset) : 0;
}

}  // namespace tessera::ddk
