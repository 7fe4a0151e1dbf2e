// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/storms.hpp"

#include <abi/nucleus.client.hpp>

#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constinit Handle watcher = 0;

std::span<const Device> devices_of(const Component& component) { return std::span(component.devices).first(component.device_count); }
std::span<const DeviceInterrupt> interrupts_of(const Device& device) { return std::span(device.interrupts).first(device.interrupt_count); }
std::span<const Line> lines_of(const Component& component) { return std::span(component.interrupts).first(component.interrupt_count); }

std::optional<Storm> storm_of(Handle interrupt) {
  const auto info = abi::interrupt_info(interrupt);
  if (!info || info->storm == 0) return std::nullopt;
  return Storm{.count = info->count, .took_ns = info->took};
}

}  // namespace

void watch_storms(Handle bell) { watcher = bell; }

void limit_interrupt(const Component& component, Handle interrupt) {
  const auto done = abi::interrupt_limit(interrupt, component.what.interrupts, kSecondNs, watcher);
  if (!done) rt::log("{}: its interrupts have no limit: {}", component.what.name, done.error());
}

void limit_interrupts(const Component& component, const Device& device) {
  for (const DeviceInterrupt& one : interrupts_of(device)) limit_interrupt(component, one.handle);
}

void limit_interrupts(const Component& component) {
  for (const Device& device : devices_of(component)) limit_interrupts(component, device);
  for (const Line& line : lines_of(component)) limit_interrupt(component, line.handle);
}

std::optional<Storm> find_storm(const Component& component) {
  for (const Device& device : devices_of(component))
    for (const DeviceInterrupt& one : interrupts_of(device))
      if (const auto storm = storm_of(one.handle)) return storm;
  for (const Line& line : lines_of(component))
    if (const auto storm = storm_of(line.handle)) return storm;
  return std::nullopt;
}

}  // namespace tessera::genesis
