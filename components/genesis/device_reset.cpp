// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/device_reset.hpp"

#include <algorithm>

#include "components/genesis/window.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/mmio.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint32_t kNvme = 0x010802, kAhci = 0x010601;

template <typename Condition>
bool wait_for(Condition condition) {
  constexpr std::uint64_t kPatienceNs = 1'000'000'000;
  const std::uint64_t limit = rt::now_ns() + kPatienceNs;
  while (!condition()) {
    if (rt::now_ns() > limit) return false;
    rt::yield();
  }
  return true;
}

// `reset` of the registers at the beginning of this window; they are mapped meanwhile.
template <typename Reset>
bool with_registers(const Device& device, unsigned number, std::uint64_t bytes, Reset reset) {
  for (const DeviceBar& bar : std::span(device.bars).first(device.bar_count)) {
    if (bar.bar.number != number || bar.bar.bytes < bytes) continue;
    const Window window(bar.memory, bytes, abi::kRightRead | abi::kRightWrite);
    return window.valid() && reset(rt::Mmio(window.bytes()));
  }
  return false;
}

bool reset_virtio(const Device& device) {
  constexpr std::uint8_t kCommon = 1, kNobody = 0xff;  // nobody: its windows are off
  constexpr std::size_t kStatus = 20;
  const auto capabilities = std::span(device.virtio).first(device.virtio_count);
  const auto common = std::ranges::find(capabilities, kCommon, &VirtioCapability::type);
  if (common == capabilities.end()) return false;
  const std::uint64_t end = std::uint64_t{common->offset} + kStatus + 1;
  return with_registers(device, common->bar, (end + abi::kPageBytes - 1) / abi::kPageBytes * abi::kPageBytes, [&](const rt::Mmio& all) {
    const rt::Mmio registers = all.part(common->offset, kStatus + 1);
    if (registers.read_at<std::uint8_t>(kStatus) == kNobody) return true;
    registers.write_at<std::uint8_t>(kStatus, 0);
    return wait_for([&] { return registers.read_at<std::uint8_t>(kStatus) == 0; });
  });
}

constexpr std::uint32_t kNobody = 0xffff'ffff;

bool disable_nvme(const rt::Mmio& registers) {
  constexpr std::size_t kConfiguration = 0x14, kStatus = 0x1c;
  constexpr std::uint32_t kEnabled = 1, kReady = 1;
  const auto configured = registers.read_at<std::uint32_t>(kConfiguration);
  if (configured == kNobody) return true;
  registers.write_at<std::uint32_t>(kConfiguration, configured & ~kEnabled);
  return wait_for([&] { return (registers.read_at<std::uint32_t>(kStatus) & kReady) == 0; });
}

bool reset_ahci(const rt::Mmio& registers) {
  constexpr std::size_t kControl = 4;
  constexpr std::uint32_t kReset = 1, kAhciOn = 1u << 31;
  const auto control = registers.read_at<std::uint32_t>(kControl);
  if (control == kNobody) return true;
  registers.write_at<std::uint32_t>(kControl, control | kAhciOn);
  registers.write_at<std::uint32_t>(kControl, kAhciOn | kReset);
  return wait_for([&] { return (registers.read_at<std::uint32_t>(kControl) & kReset) == 0; });
}

}  // namespace

bool reset_by_registers(const Device& device, std::uint32_t class_code) {
  if (device.virtio_count != 0) return reset_virtio(device);
  if (class_code == kNvme) return with_registers(device, 0, abi::kPageBytes, disable_nvme);
  if (class_code == kAhci) return with_registers(device, 5, abi::kPageBytes, reset_ahci);
  return false;
}

}  // namespace tessera::genesis
