// SPDX-License-Identifier: Apache-2.0
#include "pci_configuration.hpp"

#include <algorithm>
#include <bit>

#include "components/genesis/own.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::genesis {

static constexpr unsigned kMostBuses = 16;  // more than that are not looked at
static constexpr std::uint64_t kBusBytes = 1 << 20, kFunctionBytes = 4096;

std::string_view PciConfiguration::map(std::uint64_t start, unsigned first_bus, unsigned buses) {
  // A Memory is a power of two, and aligned to its size.
  std::uint64_t bytes = std::bit_floor(std::min(buses, kMostBuses)) * kBusBytes;
  while (bytes >= kBusBytes && start % bytes != 0) bytes /= 2;
  if (bytes < kBusBytes) return "its configuration space is too small, or not aligned";
  const auto memory = device_memory(start, static_cast<unsigned>(std::countr_zero(bytes)));
  if (!memory) return abi::name(memory.error());
  const auto mapping = rt::objects().map(*memory, rt::objects().reserve_addresses(bytes), bytes, abi::kRightRead | abi::kRightWrite);
  if (!mapping) return abi::name(mapping.error());
  registers_ = rt::Mmio(rt::bytes_at(mapping->address, bytes));  // just mapped, and for good
  first_bus_ = first_bus;
  buses_ = static_cast<unsigned>(bytes / kBusBytes);
  return {};
}

std::size_t PciConfiguration::place_of(PciAddress at, unsigned offset) const {
  return (at.bus - first_bus_) * kBusBytes + (at.device * 8u + at.function) * kFunctionBytes + (offset & 0xffc);
}

std::uint32_t PciConfiguration::read(PciAddress at, unsigned offset) const { return registers_.read_at<std::uint32_t>(place_of(at, offset)); }

void PciConfiguration::write(PciAddress at, unsigned offset, std::uint32_t value) const {
  registers_.write_at<std::uint32_t>(place_of(at, offset), value);
}

}  // namespace tessera::genesis
