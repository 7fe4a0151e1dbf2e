// SPDX-License-Identifier: Apache-2.0
#include "components/console/virtio_pci.hpp"

#include <algorithm>
#include <bit>

#include "lib/format/manifest.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::console {

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
constexpr Register<std::uint16_t, 22> kQueueSelect;
constexpr Register<std::uint16_t, 24> kQueueSize;
constexpr Register<std::uint16_t, 26> kQueueVector;
constexpr Register<std::uint16_t, 28> kQueueEnable;
constexpr Register<std::uint16_t, 30> kQueueNotifyOffset;
constexpr std::size_t kQueueDescriptors = 32, kQueueDriver = 40, kQueueDevice = 48, kCommonBytes = 56;

// Status bits (2.1).
constexpr std::uint8_t kAcknowledge = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8;
constexpr std::uint32_t kVersion1 = 1;  // feature 32: bit 0 of the second word
constexpr std::uint16_t kNoVector = 0xffff;
constexpr std::uint64_t kResetLimitNs = 100'000'000;

// `0x4:0x1000:0x38[:0x4]` of the start page.
struct Place {
  std::array<std::uint64_t, 4> numbers{};
  std::size_t count = 0;
};

std::optional<Place> parse_place(std::string_view text) {
  Place place;
  while (place.count < place.numbers.size()) {
    const std::size_t colon = text.find(':');
    const auto number = format::parse_number(text.substr(0, colon));
    if (!number) return std::nullopt;
    place.numbers[place.count] = *number;
    ++place.count;
    if (colon == std::string_view::npos) return place;
    text.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

rt::Mmio window_of(const rt::Start& start, const Place& place, std::uint64_t bytes) {
  std::array<char, 24> name;
  const auto bar = start.grant(rt::format_to(name, "device.bar{}", std::get<0>(place.numbers)), abi::ObjectType::memory);
  if (!bar) return {};
  return rt::Mmio(rt::bytes_of(*bar)).part(std::get<1>(place.numbers), bytes);
}

rt::Mmio capability(const rt::Start& start, std::string_view key, Place& place) {
  const auto text = start.config(key);
  const auto parsed = text ? parse_place(*text) : std::nullopt;
  if (!parsed || parsed->count < 3) return {};
  place = *parsed;
  return window_of(start, place, std::get<2>(place.numbers));
}

void write64(const rt::Mmio& window, std::size_t offset, std::uint64_t value) {
  window.write_at<std::uint32_t>(offset, static_cast<std::uint32_t>(value));
  window.write_at<std::uint32_t>(offset + 4, static_cast<std::uint32_t>(value >> 32));
}

}  // namespace

std::optional<VirtioPci> VirtioPci::open(const rt::Start& start) {
  VirtioPci device;
  Place place;
  device.common_ = capability(start, "device.virtio.common", place);
  device.notify_ = capability(start, "device.virtio.notify", place);
  device.notify_multiplier_ = static_cast<std::uint32_t>(place.count == 4 ? std::get<3>(place.numbers) : 0);
  if (device.common_.size() < kCommonBytes || device.notify_.size() < 2) return std::nullopt;
  if (const auto text = start.config("device.msix")) {
    if (const auto table = parse_place(*text); table && table->count == 3) device.msix_ = window_of(start, *table, 16);
  }
  return device;
}

std::expected<void, std::string_view> VirtioPci::begin(std::uint32_t features) const {
  common_.write(kStatus, 0);
  const std::uint64_t limit = rt::now_ns() + kResetLimitNs;
  while (common_.read(kStatus) != 0) {
    if (rt::now_ns() > limit) return std::unexpected("it does not reset");
    rt::yield();
  }
  common_.write(kStatus, kAcknowledge);
  common_.write(kStatus, kAcknowledge | kDriver);
  common_.write(kDeviceFeatureSelect, 1);
  if ((common_.read(kDeviceFeature) & kVersion1) == 0) return std::unexpected("it is older than virtio 1");
  common_.write(kDeviceFeatureSelect, 0);
  if ((common_.read(kDeviceFeature) & features) != features) return std::unexpected("it lacks a feature that is needed");
  common_.write(kDriverFeatureSelect, 0);
  common_.write(kDriverFeature, features);
  common_.write(kDriverFeatureSelect, 1);
  common_.write(kDriverFeature, kVersion1);
  common_.write(kStatus, kAcknowledge | kDriver | kFeaturesOk);
  if ((common_.read(kStatus) & kFeaturesOk) == 0) return std::unexpected("it refuses to work without more features");
  common_.write(kConfigVector, kNoVector);
  return {};
}

// PCI 3.0, 6.8.2: address, upper address, data, vector control.
bool VirtioPci::set_message(std::uint64_t address, std::uint64_t data) const {
  if (msix_.size() < 16) return false;
  write64(msix_, 0, address);
  msix_.write_at<std::uint32_t>(8, static_cast<std::uint32_t>(data));
  msix_.write_at<std::uint32_t>(12, 0);
  return true;
}

std::expected<Virtqueue, std::string_view> VirtioPci::make_queue(std::uint16_t number, std::span<std::byte> memory,
                                                                 std::uint64_t device_address, bool interrupts) {
  if (number >= common_.read(kQueueCount) || number >= notify_offsets_.size()) return std::unexpected("it lacks a queue");
  common_.write(kQueueSelect, number);
  const std::uint16_t most = common_.read(kQueueSize);
  if (most == 0) return std::unexpected("it lacks a queue");
  const std::uint16_t entries = std::bit_floor(std::min(most, Virtqueue::kMostEntries));
  const auto queue = Virtqueue::over(memory, entries);
  if (!queue) return std::unexpected("bad memory for a queue");
  common_.write(kQueueSize, entries);
  write64(common_, kQueueDescriptors, device_address + Virtqueue::kDescriptors);
  write64(common_, kQueueDriver, device_address + Virtqueue::kAvailable);
  write64(common_, kQueueDevice, device_address + Virtqueue::kUsed);
  common_.write(kQueueVector, interrupts ? std::uint16_t{0} : kNoVector);
  if (interrupts && common_.read(kQueueVector) != 0) return std::unexpected("it has no interrupt for a queue");
  const std::uint64_t offset = std::uint64_t{common_.read(kQueueNotifyOffset)} * notify_multiplier_;
  if (offset > notify_.size() - 2 || offset % 2 != 0) return std::unexpected("it wants to be told outside of its registers");
  notify_offsets_[number] = offset;
  common_.write(kQueueEnable, 1);
  return *queue;
}

void VirtioPci::go() const { common_.write(kStatus, kAcknowledge | kDriver | kFeaturesOk | kDriverOk); }

void VirtioPci::tell(std::uint16_t number) const { notify_.write_at<std::uint16_t>(notify_offsets_[number], number); }

}  // namespace tessera::console
