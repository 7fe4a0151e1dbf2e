// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/devices.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <bit>

#include "components/genesis/boot.hpp"
#include "components/genesis/device_reset.hpp"
#include "components/genesis/dma_domains.hpp"
#include "components/genesis/own.hpp"
#include "components/genesis/tree_device.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr unsigned kDmaBits = 18;

// The machine's one, found when it is first needed; none: there is no PCI.
Pci* pci() {
  static constinit std::optional<Pci> instance;
  static constinit bool tried = false;
  if (!tried) {
    tried = true;
    if (const auto bridge = PciBridge::open()) instance.emplace(*bridge);
  }
  return instance ? &*instance : nullptr;
}

void make_bars(Device& device, std::span<const PciBar> bars) {
  for (const PciBar& bar : bars) {
    if (bar.bytes < abi::kPageBytes) continue;  // shares its page with something else
    const auto memory = device_memory(bar.address, static_cast<unsigned>(std::countr_zero(bar.bytes)));
    if (!memory) {
      rt::log("bar {} at {:#x} of {} bytes: {}", bar.number, bar.address, bar.bytes, memory.error());
      continue;
    }
    device.bars[device.bar_count] = {bar, *memory};
    ++device.bar_count;
  }
}

std::optional<abi::MachineMakeInterruptResult> make_interrupt(std::uint64_t source) {
  const auto slot = rt::objects().take_slot();
  if (!slot || rt::objects().untyped().empty()) return std::nullopt;
  const auto made = abi::machine_make_interrupt(boot().machine, source, 0, rt::objects().untyped().front(), rt::objects().own().table, *slot);
  if (made) return *made;
  rt::objects().give_back_slot(*slot);
  return std::nullopt;
}

bool add_interrupt(Device& device, std::uint64_t source) {
  const auto made = device.interrupt_count < device.interrupts.size() ? make_interrupt(source) : std::nullopt;
  if (!made) return false;
  device.interrupts[device.interrupt_count] = {.handle = made->handle, .message_address = made->address, .message_data = made->data};
  ++device.interrupt_count;
  return true;
}

// One message, or of a function with a table several: its queues may each have one. All queues of a virtio device share one.
void make_messages(Device& device, std::optional<std::uint32_t> sender) {
  if (!sender || (!device.msix && !device.msi)) return;
  const bool several = device.msix && device.virtio_count == 0;
  const std::size_t wanted = several ? std::min<std::size_t>(device.msix->entries, Device::kMostInterrupts) : 1;
  while (device.interrupt_count < wanted && add_interrupt(device, abi::kMessageSignalled + *sender)) {}
}

void make_dma(Device& device) {
  const auto memory = own_memory(kDmaBits);
  if (!memory) return;
  const auto info = abi::memory_info(*memory);
  if (!info) return;
  device.dma = *memory;
  device.dma_physical = info->physical;
  device.dma_bytes = info->bytes;
}

// tree:COMPATIBLE. What is granted has one window, and no memory for DMA.
void prepare_tree_device(Component& component, std::string_view compatible, unsigned nth) {
  const auto found = find_in_tree(compatible, nth);
  if (!found) return;
  Device& device = component.devices[component.device_count];
  ++component.device_count;
  device.in_tree = compatible;
  const PciBar window{.number = 0, .address = found->address, .bytes = found->bytes};
  make_bars(device, std::span(&window, 1));
  if (found->interrupt) add_interrupt(device, *found->interrupt);
}

// pci:VVVV:DDDD
void prepare_pci_device(Component& component, std::string_view value, unsigned nth) {
  Pci* bus = pci();
  if (bus == nullptr || value.size() != 13 || !value.starts_with("pci:")) return;
  std::array<char, 8> digits{'0', 'x'};
  const auto number = [&](std::string_view hexadecimal) {
    const auto copied = rt::format_to(digits, "0x{}", hexadecimal);
    return static_cast<std::uint16_t>(format::parse_number(copied).value_or(0xffff));
  };
  const std::uint16_t vendor = number(value.substr(4, 4)), kind = number(value.substr(9, 4));
  const auto function = bus->find(vendor, kind, nth);
  if (!function) return;
  Device& device = component.devices[component.device_count];
  ++component.device_count;
  device.function = *function;
  std::array<PciBar, 6> bars{};
  make_bars(device, std::span(bars).first(bus->measure_bars(function->address, bars)));
  device.virtio_count = vendor == 0x1af4 ? bus->virtio_capabilities(function->address, device.virtio) : 0;
  device.msix = bus->msix(function->address);
  if (!device.msix) device.msi = bus->msi(function->address);
  make_messages(device, bus->message_sender(function->address));
  make_dma(device);
  device.dma_number = bus->dma_number(function->address);
}

// What it is, and #N for another than the first of several.
void prepare_device(Component& component, std::string_view value) {
  constexpr std::string_view kInTree = "tree:";
  if (component.device_count == Component::kMostDevices) return;
  const std::size_t mark = std::min(value.find('#'), value.size());
  const auto nth = static_cast<unsigned>(format::parse_number(value.substr(std::min(mark + 1, value.size()))).value_or(0));
  value = value.substr(0, mark);
  if (value.starts_with(kInTree)) return prepare_tree_device(component, value.substr(kInTree.size()), nth);
  prepare_pci_device(component, value, nth);
}

// 0xFIRST-0xLAST
void prepare_ports(Component& component, std::string_view value) {
  const std::size_t dash = value.find('-');
  if (dash == std::string_view::npos || component.port_count == Component::kMostLines) return;
  const auto first = format::parse_number(value.substr(0, dash)), last = format::parse_number(value.substr(dash + 1));
  const auto slot = rt::objects().take_slot();
  if (!first || !last || *first > *last || !slot) return;
  const auto made = abi::machine_make_io_ports(boot().machine, *first, *last, rt::objects().own().table, *slot);
  if (!made) {
    // A machine without ports lacks this hardware, which is not an error.
    if (made.error() != abi::Error::unsupported) rt::log("ports {} for {}: {}", value, component.what.name, made.error());
    rt::objects().give_back_slot(*slot);
    return;
  }
  component.ports[component.port_count] = {.handle = *made, .first = *first, .count = *last - *first + 1};
  ++component.port_count;
}

// gsi:N
void prepare_interrupt(Component& component, std::string_view value) {
  if (!value.starts_with("gsi:") || component.interrupt_count == Component::kMostLines) return;
  const auto number = format::parse_number(value.substr(4));
  if (!number) return;
  const auto made = make_interrupt(*number);
  if (!made) {
    rt::log("interrupt {} for {} cannot be had", *number, component.what.name);
    return;
  }
  component.interrupts[component.interrupt_count] = {.handle = made->handle, .first = *number};
  ++component.interrupt_count;
}

}  // namespace

void prepare_hardware(Component& component) {
  if (component.prepared) return;
  component.prepared = true;
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key != "grant") continue;
    std::string_view rest = line->rest;
    const std::string_view name = format::take_field(rest).value_or(""), value = format::take_field(rest).value_or("");
    if (name == "device") prepare_device(component, value);
    if (name == "ports") prepare_ports(component, value);
    if (name == "interrupt") prepare_interrupt(component, value);
  }
}

void enable_devices(const Component& component) {
  for (const Device& device : std::span(component.devices).first(component.device_count)) {
    if (!device.in_tree.empty()) continue;
    const PciAddress at = device.function.address;
    put_into_domain(component, device);
    pci()->enable(at, device.interrupt_count != 0 ? device.msix : std::nullopt);
    if (!device.msi || device.interrupt_count == 0) continue;
    const DeviceInterrupt& only = device.interrupts.front();
    if (!pci()->set_message(at, *device.msi, only.message_address, only.message_data)) rt::log("a device cannot interrupt: its messages are too short");
  }
}

bool silence_device(std::uint32_t dma_number) {
  Pci* bus = pci();
  const auto at = bus == nullptr ? std::nullopt : bus->with_dma_number(dma_number);
  if (at) bus->disable(*at, std::nullopt);
  return at.has_value();
}

void disable_devices(const Component& component) {
  for (const Device& device : std::span(component.devices).first(component.device_count)) {
    if (!device.in_tree.empty()) continue;
    const PciAddress at = device.function.address;
    if (device.msi) pci()->clear_message(at, *device.msi);
    pci()->disable(at, device.msix);
    take_out_of_domain(device);
    if (reset_by_registers(device, pci()->class_code(at)) || pci()->reset_function(at)) continue;
    rt::log("a device of the vendor {:#x} is not reset until its driver does", device.function.vendor);
  }
}

}  // namespace tessera::genesis
