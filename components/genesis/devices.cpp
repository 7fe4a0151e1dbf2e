// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/devices.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <bit>

#include "components/genesis/boot.hpp"
#include "components/genesis/device_list.hpp"
#include "components/genesis/device_reset.hpp"
#include "components/genesis/dma_domains.hpp"
#include "components/genesis/own.hpp"
#include "components/genesis/tree_device.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr unsigned kDmaBits = 18;

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
  if (!found || !device_list().take({.in_tree = true, .address = found->address}, component)) return;
  Device& device = component.devices[component.device_count];
  ++component.device_count;
  device.in_tree = compatible;
  const PciBar window{.number = 0, .address = found->address, .bytes = found->bytes};
  make_bars(device, std::span(&window, 1));
  if (found->interrupt) add_interrupt(device, *found->interrupt);
}

// A window that is less than a page may be given if nothing else is in its page.
void widen_small(std::span<PciBar> bars, PciAddress at) {
  for (PciBar& bar : bars) {
    if (bar.bytes < abi::kPageBytes && bar.address % abi::kPageBytes == 0 && pci()->alone_in_page(at, bar.number, bar.address)) bar.bytes = abi::kPageBytes;
  }
}

// VVVV:DDDD or class:CCSSII, hexadecimal.
std::optional<PciKind> kind_of(std::string_view value) {
  constexpr std::string_view kClass = "class:";
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::array<char, 12> text;
    return format::parse_number(rt::format_to(text, "0x{}", digits));
  };
  if (value.starts_with(kClass)) {
    const auto code = number(value.substr(kClass.size()));
    if (!code || *code > 0xff'ffff) return std::nullopt;
    return PciKind{.class_code = static_cast<std::uint32_t>(*code)};
  }
  if (value.size() != 9) return std::nullopt;
  const auto vendor = number(value.substr(0, 4)), device = number(value.substr(5));
  if (!vendor || !device) return std::nullopt;
  return PciKind{.vendor = static_cast<std::uint16_t>(*vendor), .device = static_cast<std::uint16_t>(*device), .class_code = {}};
}

void prepare_pci_device(Component& component, std::string_view value, unsigned nth) {
  Pci* bus = pci();
  const auto kind = kind_of(value);
  const auto function = bus != nullptr && kind ? bus->find(*kind, nth) : std::nullopt;
  if (!function || !device_list().take({.in_tree = false, .address = function->address.number()}, component)) return;
  Device& device = component.devices[component.device_count];
  ++component.device_count;
  device.function = *function;
  std::array<PciBar, 6> bars{};
  const auto found = std::span(bars).first(bus->measure_bars(function->address, bars));
  widen_small(found, function->address);
  make_bars(device, found);
  device.virtio_count = function->vendor == 0x1af4 ? bus->virtio_capabilities(function->address, device.virtio) : 0;
  device.msix = bus->msix(function->address);
  if (!device.msix) device.msi = bus->msi(function->address);
  make_messages(device, bus->message_sender(function->address));
  make_dma(device);
  device.dma_number = bus->dma_number(function->address);
}

// What it is, and #N for another than the first of several.
void prepare_device(Component& component, std::string_view value) {
  constexpr std::string_view kInTree = "tree:", kOnPci = "pci:";
  if (component.device_count == Component::kMostDevices) return;
  const std::size_t mark = std::min(value.find('#'), value.size());
  const auto nth = static_cast<unsigned>(format::parse_number(value.substr(std::min(mark + 1, value.size()))).value_or(0));
  value = value.substr(0, mark);
  if (value.starts_with(kInTree)) return prepare_tree_device(component, value.substr(kInTree.size()), nth);
  if (value.starts_with(kOnPci)) prepare_pci_device(component, value.substr(kOnPci.size()), nth);
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

Pci* pci() {
  static constinit std::optional<Pci> instance;
  static constinit bool tried = false;
  if (!tried) {
    tried = true;
    if (const auto bridge = PciBridge::open()) instance.emplace(*bridge);
  }
  return instance ? &*instance : nullptr;
}

void prepare_hardware(Component& component) {
  if (component.prepared) return;
  component.prepared = true;
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key != "grant") continue;
    std::string_view rest = line->rest;
    const std::string_view name = format::take_field(rest).value_or(""), value = format::take_field(rest).value_or("");
    prepare_hardware(component, name, value);
  }
}

void prepare_hardware(Component& component, std::string_view name, std::string_view value) {
  if (name == "device") prepare_device(component, value);
  if (name == "ports") prepare_ports(component, value);
  if (name == "interrupt") prepare_interrupt(component, value);
}

void enable_device(const Device& device) {
  if (!device.in_tree.empty()) return;
  const PciAddress at = device.function.address;
  pci()->enable(at, device.interrupt_count != 0 ? device.msix : std::nullopt);
  if (!device.msi || device.interrupt_count == 0) return;
  const DeviceInterrupt& only = device.interrupts.front();
  if (!pci()->set_message(at, *device.msi, only.message_address, only.message_data)) rt::log("a device cannot interrupt: its messages are too short");
}

void disable_device(const Device& device) {
  if (!device.in_tree.empty()) return;
  const PciAddress at = device.function.address;
  if (device.msi) pci()->clear_message(at, *device.msi);
  pci()->disable(at, device.msix);
  take_out_of_domain(device);
  if (reset_by_registers(device, pci()->class_code(at)) || pci()->reset_function(at)) return;
  rt::log("a device of the vendor {:#x} is not reset until its driver does", device.function.vendor);
}

void enable_devices(const Component& component) {
  for (const Device& device : std::span(component.devices).first(component.device_count)) {
    put_into_domain(component, device);
    enable_device(device);
  }
}

bool silence_device(std::uint32_t dma_number) {
  Pci* bus = pci();
  const auto at = bus == nullptr ? std::nullopt : bus->with_dma_number(dma_number);
  if (at) bus->disable(*at, std::nullopt);
  return at.has_value();
}

void disable_devices(const Component& component) {
  for (const Device& device : std::span(component.devices).first(component.device_count)) disable_device(device);
}

}  // namespace tessera::genesis
