// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/pci.hpp"

#include <abi/nucleus.hpp>
#include <utility>

#include "components/genesis/pci_registers.hpp"
#include "components/genesis/pci_setup.hpp"

namespace tessera::genesis {

namespace {

using namespace pci_registers;

constexpr std::uint8_t kMsiCapability = 0x05, kVendorCapability = 0x09, kMsixCapability = 0x11;
constexpr std::uint32_t kMsixEnable = 1u << 31, kMsixMaskAll = 1u << 30;
constexpr std::uint32_t kMsiEnable = 1u << 16, kMsiCount = 7u << 20, kMsiWide = 1u << 23;
constexpr unsigned kMostCapabilities = 48;

}  // namespace

// What leads to another bus, and to which; 0: it is no bridge, or leads nowhere that can be.
unsigned Pci::bus_behind(PciAddress at) const {
  if ((read(at, kHeaderType) >> 16 & 0x7f) != 1 || read(at, kClass) >> 16 != 0x0604) return 0;
  const unsigned secondary = read(at, kBuses) >> 8 & 0xff;
  return secondary > at.bus && secondary <= bridge_.last_bus() ? secondary : 0;
}

template <typename Visit>
bool Pci::walk(Visit visit) const {
  Seen seen{};
  return walk_bus(bridge_.first_bus(), 0, seen, visit);
}

template <typename Visit>
bool Pci::walk_bus(unsigned bus, unsigned depth, Seen& seen, Visit& visit) const {
  if (std::exchange(seen[bus], true)) return false;
  for (unsigned device = 0; device < 32; ++device) {
    unsigned functions = 1;
    for (unsigned function = 0; function < functions; ++function) {
      const PciAddress at{static_cast<std::uint8_t>(bus), static_cast<std::uint8_t>(device), static_cast<std::uint8_t>(function)};
      const std::uint32_t ids = read(at, kIds);
      if ((ids & 0xffff) == 0xffff) continue;
      if (function == 0 && (read(at, kHeaderType) >> 16 & 0x80) != 0) functions = 8;
      if (visit(at, ids)) return true;
      if (const unsigned behind = bus_behind(at); behind != 0 && depth < PciSetup::kMostBridges) {
        if (walk_bus(behind, depth + 1, seen, visit)) return true;
      }
    }
  }
  return false;
}

Pci::Pci(const PciBridge& bridge) : bridge_(bridge) {
  PciWindows* windows = bridge_.windows();
  if (windows == nullptr) return;
  // Firmware was here if a function has a window, or a bridge a bus behind it.
  if (walk([this](PciAddress at, std::uint32_t) { return bus_behind(at) != 0 || has_window(at); })) return;
  PciSetup(bridge_, *windows).run();
}

bool Pci::has_window(PciAddress at) const {
  const unsigned bars = (read(at, kHeaderType) >> 16 & 0x7f) == 0 ? 6 : 2;
  for (unsigned number = 0; number < bars; ++number) {
    const std::uint32_t low = read(at, kFirstBar + 4 * number);
    if ((low & 1) != 0) continue;  // I/O ports
    if ((low & ~std::uint32_t{15}) != 0) return true;
    if ((low & 6) == 4 && ++number < bars && read(at, kFirstBar + 4 * number) != 0) return true;
  }
  return false;
}

std::optional<PciFunction> Pci::function(std::size_t& nth) const {
  std::optional<PciFunction> found;
  (void)walk([&](PciAddress at, std::uint32_t ids) {
    if (nth > 0) {
      --nth;
      return false;
    }
    found = PciFunction{.address = at, .vendor = static_cast<std::uint16_t>(ids & 0xffff), .device = static_cast<std::uint16_t>(ids >> 16)};
    return true;
  });
  return found;
}

std::optional<PciAddress> Pci::with_dma_number(std::uint32_t number) const {
  std::optional<PciAddress> found;
  (void)walk([&](PciAddress at, std::uint32_t) {
    if (dma_number(at) == number) found = at;
    return found.has_value();
  });
  return found;
}

std::optional<PciFunction> Pci::find(const PciKind& kind, unsigned nth) const {
  std::optional<PciFunction> found;
  (void)walk([&](PciAddress at, std::uint32_t ids) {
    const PciFunction one{.address = at, .vendor = static_cast<std::uint16_t>(ids & 0xffff), .device = static_cast<std::uint16_t>(ids >> 16)};
    if (kind.class_code ? *kind.class_code != class_code(at) : kind.vendor != one.vendor || kind.device != one.device) return false;
    if (nth-- > 0) return false;
    found = one;
    return true;
  });
  return found;
}

std::optional<PciAddress> Pci::bridge_to(unsigned bus) const {
  std::optional<PciAddress> found;
  if (bus == bridge_.first_bus()) return found;
  (void)walk([&](PciAddress at, std::uint32_t) {
    if (bus_behind(at) == bus) found = at;
    return found.has_value();
  });
  return found;
}

// PCI Express to PCI/PCI-X Bridge Specification 1.0, 2.3: who stands for what is behind it.
std::uint16_t Pci::requester(PciAddress at) const {
  constexpr unsigned kToConventional = 7, kFromConventional = 8;
  std::uint16_t id = at.number();
  unsigned bus = at.bus;
  for (auto bridge = bridge_to(bus); bridge; bridge = bridge_to(bus)) {
    std::array<std::uint8_t, 1> offsets{};
    const bool express = capabilities(*bridge, kExpressCapability, offsets) != 0;
    const unsigned kind = express ? read(*bridge, offsets.front()) >> 20 & 15 : kFromConventional;
    if (kind == kToConventional) id = static_cast<std::uint16_t>(bus << 8);
    if (kind == kFromConventional) id = bridge->number();
    bus = bridge->bus;  // a lower one each time
  }
  return id;
}

bool Pci::alone_in_page(PciAddress at, unsigned bar, std::uint64_t address) const {
  const std::uint64_t page = address & ~(abi::kPageBytes - 1);
  return !walk([&](PciAddress other, std::uint32_t) {
    const unsigned bars = (read(other, kHeaderType) >> 16 & 0x7f) == 0 ? 6 : 2;
    for (unsigned number = 0; number < bars; ++number) {
      const unsigned first = number;
      const std::uint32_t low = read(other, kFirstBar + 4 * number);
      if ((low & 1) != 0) continue;
      std::uint64_t place = low & ~std::uint32_t{15};
      if ((low & 6) == 4 && ++number < bars) place |= std::uint64_t{read(other, kFirstBar + 4 * number)} << 32;
      const auto cpu = place == 0 ? std::nullopt : bridge_.to_cpu(place, 1);
      if (cpu && (*cpu & ~(abi::kPageBytes - 1)) == page && !(other == at && first == bar)) return true;
    }
    return false;
  });
}

// PCI 3.0, 6.2.5.1: writing all ones shows which address bits a window decodes.
std::size_t Pci::measure_bars(PciAddress at, std::span<PciBar, 6> bars) {
  const std::uint32_t command = read(at, kCommand) & 0xffff;
  write(at, kCommand, command & ~(kMemoryDecoding | kBusMaster));
  std::size_t count = 0;
  for (unsigned number = 0; number < 6; ++number) {
    const unsigned offset = kFirstBar + 4 * number;
    const std::uint32_t low = read(at, offset);
    if ((low & 1) != 0) continue;  // I/O ports
    const bool wide = (low & 6) == 4 && number < 5;
    const std::uint32_t high = wide ? read(at, offset + 4) : 0;
    write(at, offset, 0xffff'ffff);
    std::uint64_t mask = read(at, offset) & ~std::uint32_t{15};
    write(at, offset, low);
    if (wide) {
      write(at, offset + 4, 0xffff'ffff);
      mask |= std::uint64_t{read(at, offset + 4)} << 32;
      write(at, offset + 4, high);
    } else if (mask != 0) {
      mask |= std::uint64_t{0xffff'ffff} << 32;
    }
    const std::uint64_t address = std::uint64_t{high} << 32 | (low & ~std::uint32_t{15});
    const std::uint64_t bytes = mask & (0 - mask);
    if (const auto place = bridge_.to_cpu(address, bytes); place && bytes != 0 && address != 0) {
      bars[count] = {.number = number, .address = *place, .bytes = bytes};
      ++count;
    }
    if (wide) ++number;
  }
  write(at, kCommand, command);
  return count;
}

std::size_t Pci::capabilities(PciAddress at, std::uint8_t id, std::span<std::uint8_t> offsets) const {
  if ((read(at, kCommand) & kHasCapabilities) == 0) return 0;
  std::size_t count = 0;
  unsigned offset = read(at, kCapabilities) & 0xfc;
  for (unsigned step = 0; step < kMostCapabilities && offset >= 0x40 && count < offsets.size(); ++step) {
    const std::uint32_t head = read(at, offset);
    if ((head & 0xff) == id) {
      offsets[count] = static_cast<std::uint8_t>(offset);
      ++count;
    }
    offset = head >> 8 & 0xfc;
  }
  return count;
}

std::size_t Pci::virtio_capabilities(PciAddress at, std::span<VirtioCapability, 8> found) const {
  std::array<std::uint8_t, 8> offsets{};
  const std::size_t count = capabilities(at, kVendorCapability, offsets);
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned offset = offsets[i];
    if (offset > 0xec) return i;  // 20 bytes must follow
    found[i] = {.type = static_cast<std::uint8_t>(read(at, offset) >> 24),
                .bar = static_cast<std::uint8_t>(read(at, offset + 4) & 0xff),
                .offset = read(at, offset + 8),
                .length = read(at, offset + 12)};
    if (found[i].type == 2) found[i].multiplier = read(at, offset + 16);
  }
  return count;
}

std::optional<MsixTable> Pci::msix(PciAddress at) const {
  std::array<std::uint8_t, 1> offsets{};
  if (capabilities(at, kMsixCapability, offsets) == 0 || offsets.front() > 0xf4) return std::nullopt;
  const unsigned offset = offsets.front();
  const std::uint32_t table = read(at, offset + 4);
  return MsixTable{.capability = offsets.front(),
                   .bar = static_cast<std::uint8_t>(table & 7),
                   .offset = table & ~7u,
                   .entries = (read(at, offset) >> 16 & 0x7ff) + 1};
}

std::optional<MsiCapability> Pci::msi(PciAddress at) const {
  std::array<std::uint8_t, 1> offsets{};
  if (capabilities(at, kMsiCapability, offsets) == 0 || offsets.front() > 0xf0) return std::nullopt;
  return MsiCapability{.capability = offsets.front(), .wide = (read(at, offsets.front()) & kMsiWide) != 0};
}

bool Pci::set_message(PciAddress at, const MsiCapability& msi, std::uint64_t address, std::uint64_t data) const {
  const unsigned offset = msi.capability;
  if (data > 0xffff || (!msi.wide && address > 0xffff'ffff)) return false;
  write(at, offset + 4, static_cast<std::uint32_t>(address));
  if (msi.wide) write(at, offset + 8, static_cast<std::uint32_t>(address >> 32));
  write(at, offset + (msi.wide ? 12 : 8), static_cast<std::uint32_t>(data));
  write(at, offset, (read(at, offset) & ~kMsiCount) | kMsiEnable);
  return true;
}

void Pci::clear_message(PciAddress at, const MsiCapability& msi) const { write(at, msi.capability, read(at, msi.capability) & ~kMsiEnable); }

void Pci::enable(PciAddress at, const std::optional<MsixTable>& msix) const {
  // What it says and hears goes through these.
  for (auto bridge = bridge_to(at.bus); bridge; bridge = bridge_to(bridge->bus)) {
    write(*bridge, kCommand, (read(*bridge, kCommand) & 0xffff) | kMemoryDecoding | kBusMaster);
  }
  const std::uint32_t command = read(at, kCommand) & 0xffff;
  write(at, kCommand, command | kMemoryDecoding | kBusMaster | kNoLegacyInterrupt);
  if (msix) write(at, msix->capability, (read(at, msix->capability) | kMsixEnable) & ~kMsixMaskAll);
}

void Pci::disable(PciAddress at, const std::optional<MsixTable>& msix) const {
  if (msix) write(at, msix->capability, read(at, msix->capability) | kMsixMaskAll);
  const std::uint32_t command = read(at, kCommand) & 0xffff;
  write(at, kCommand, command & ~kBusMaster);
}

}  // namespace tessera::genesis
