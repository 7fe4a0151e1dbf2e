// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/pci_setup.hpp"

namespace tessera::genesis {

namespace {

using namespace pci_registers;

constexpr std::uint64_t kGrain = 1 << 20;  // of what a bridge passes on

// Base and limit of a bridge's window, of which the upper halves of 32 bits count; nothing: the limit is below the base.
std::uint32_t window_of(std::uint64_t first, std::uint64_t end) {
  if (first >= end) return 0x0000'fff0;
  return static_cast<std::uint32_t>((end - 1) & 0xfff0'0000) | (static_cast<std::uint32_t>(first) >> 16 & 0xfff0);
}

}  // namespace

std::optional<std::uint64_t> PciSetup::place(std::uint64_t bytes, bool wide_bar, bool prefetchable, unsigned depth, bool wide) {
  // In whole pages, so that a component can be given each.
  constexpr std::uint64_t kPage = 4096;
  if (bytes < kPage) bytes = kPage;
  if (depth == 0) return windows_.place(bytes, wide_bar);
  if (wide && wide_bar && prefetchable) {
    if (const auto found = windows_.place_in(bytes, true)) return found;
  }
  return windows_.place_in(bytes, false);
}

void PciSetup::place_windows(PciAddress at, unsigned bars, unsigned depth, bool wide) {
  for (unsigned number = 0; number < bars; ++number) {
    const unsigned offset = kFirstBar + 4 * number;
    const std::uint32_t kind = read(at, offset);
    if ((kind & 1) != 0) continue;  // I/O ports
    const bool wide_bar = (kind & 6) == 4 && number + 1 < bars;
    if (wide_bar) ++number;
    write(at, offset, 0xffff'ffff);
    std::uint64_t mask = read(at, offset) & ~std::uint32_t{15};
    if (wide_bar) {
      write(at, offset + 4, 0xffff'ffff);
      mask |= std::uint64_t{read(at, offset + 4)} << 32;
    } else if (mask != 0) {
      mask |= std::uint64_t{0xffff'ffff} << 32;
    }
    const std::uint64_t bytes = mask & (0 - mask);
    const std::uint64_t address = bytes == 0 ? 0 : place(bytes, wide_bar, (kind & 8) != 0, depth, wide).value_or(0);
    write(at, offset, static_cast<std::uint32_t>(address));
    if (wide_bar) write(at, offset + 4, static_cast<std::uint32_t>(address >> 32));
  }
}

void PciSetup::set_up_bus(unsigned bus, unsigned depth, bool wide) {
  for (unsigned device = 0; device < 32; ++device) {
    unsigned functions = 1;
    for (unsigned function = 0; function < functions; ++function) {
      const PciAddress at{static_cast<std::uint8_t>(bus), static_cast<std::uint8_t>(device), static_cast<std::uint8_t>(function)};
      if ((read(at, kIds) & 0xffff) == 0xffff) continue;
      const std::uint32_t header = read(at, kHeaderType) >> 16;
      if (function == 0 && (header & 0x80) != 0) functions = 8;
      const bool is_bridge = (header & 0x7f) == 1;
      if (is_bridge || (header & 0x7f) == 0) place_windows(at, is_bridge ? 2 : 6, depth, wide);
      if (is_bridge && read(at, kClass) >> 16 == 0x0604) set_up_bridge(at, depth, wide);
    }
  }
}

void PciSetup::set_up_bridge(PciAddress at, unsigned depth, bool wide) {
  constexpr std::uint32_t kTimer = 0xff00'0000, kIs64 = 1;
  if (next_bus_ > bridge_.last_bus() || depth == kMostBridges) return;
  const std::uint32_t numbers = (read(at, kBuses) & kTimer) | next_bus_ << 8 | at.bus;
  // All further ones until it is known which there are.
  write(at, kBuses, numbers | bridge_.last_bus() << 16);
  if ((read(at, kBuses) & ~kTimer) != ((numbers | bridge_.last_bus() << 16) & ~kTimer)) {
    write(at, kBuses, 0);
    return;
  }
  const unsigned behind = next_bus_++;
  const bool passes_wide = wide && (read(at, kPrefetchable) & 15) == kIs64;
  const std::uint64_t low = windows_.align(kGrain, false), high = passes_wide ? windows_.align(kGrain, true) : 0;
  set_up_bus(behind, depth + 1, passes_wide);
  const std::uint64_t low_end = windows_.align(kGrain, false), high_end = passes_wide ? windows_.align(kGrain, true) : 0;
  write(at, kBuses, numbers | (next_bus_ - 1) << 16);
  write(at, kMemory, window_of(low, low_end));
  write(at, kPrefetchable, window_of(high, high_end));
  write(at, kPrefetchableFirst, static_cast<std::uint32_t>(high >> 32));
  write(at, kPrefetchableLast, high < high_end ? static_cast<std::uint32_t>((high_end - 1) >> 32) : 0);
}

}  // namespace tessera::genesis
