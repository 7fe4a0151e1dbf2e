// SPDX-License-Identifier: Apache-2.0
#include "pci_bridge.hpp"

#include <abi/nucleus.client.hpp>

#include "components/genesis/boot.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint64_t kAddressPort = 0xcf8, kDataPort = 0xcfc, kLastPort = 0xcff;
constexpr unsigned kPortBytes = 256;  // of a function

std::uint32_t select(PciAddress at, unsigned offset) {
  return 1u << 31 | std::uint32_t{at.bus} << 16 | std::uint32_t{at.device} << 11 | std::uint32_t{at.function} << 8 | (offset & 0xfc);
}

}  // namespace

std::optional<PciBridge> PciBridge::open() {
  const auto slot = rt::objects().take_slot();
  if (!slot) return std::nullopt;
  const auto ports = abi::machine_make_io_ports(boot().machine, kAddressPort, kLastPort, rt::objects().own().table, *slot);
  if (!ports) {
    rt::objects().give_back_slot(*slot);
    return std::nullopt;
  }
  PciBridge bridge(*ports);
  const abi::BootInfo& told = boot();
  if (told.pci_configuration == 0) return bridge;
  const auto buses = static_cast<unsigned>(told.pci_last_bus - told.pci_first_bus + 1);
  if (const std::string_view why = bridge.configuration_.map(told.pci_configuration, static_cast<unsigned>(told.pci_first_bus), buses); !why.empty()) {
    rt::log("PCI is reached by ports only: {}", why);
  }
  return bridge;
}

std::uint32_t PciBridge::read(PciAddress at, unsigned offset) const {
  if (configuration_.has(at.bus)) return configuration_.read(at, offset);
  if (offset >= kPortBytes) return ~0u;
  (void)abi::io_ports_write(ports_, kAddressPort, 4, select(at, offset));
  return static_cast<std::uint32_t>(abi::io_ports_read(ports_, kDataPort, 4).value_or(0xffff'ffff));
}

void PciBridge::write(PciAddress at, unsigned offset, std::uint32_t value) const {
  if (configuration_.has(at.bus)) return configuration_.write(at, offset, value);
  if (offset >= kPortBytes) return;
  (void)abi::io_ports_write(ports_, kAddressPort, 4, select(at, offset));
  (void)abi::io_ports_write(ports_, kDataPort, 4, value);
}

}  // namespace tessera::genesis
