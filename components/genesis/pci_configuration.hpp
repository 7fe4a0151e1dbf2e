// SPDX-License-Identifier: Apache-2.0
// Configuration space in memory (ECAM; PCI Express Base Specification 3.0, 7.2.2): 1 MiB for each
// bus, in it 4 KiB for each function.
#pragma once

#include <cstdint>
#include <string_view>

#include "components/genesis/pci_address.hpp"
#include "lib/rt/mmio.hpp"

namespace tessera::genesis {

class PciConfiguration {
 public:
  // Maps that of `buses` buses from `first_bus` on, which begins at `start`: of those as many as one Memory covers, 16 at
  // most. Says why not, and then has none.
  [[nodiscard]] std::string_view map(std::uint64_t start, unsigned first_bus, unsigned buses);

  [[nodiscard]] bool has(unsigned bus) const { return bus >= first_bus_ && bus - first_bus_ < buses_; }
  [[nodiscard]] unsigned first_bus() const { return first_bus_; }
  [[nodiscard]] unsigned last_bus() const { return first_bus_ + buses_ - 1; }

  // Of a bus that it has; offset: a multiple of 4 below 4096.
  [[nodiscard]] std::uint32_t read(PciAddress at, unsigned offset) const;
  void write(PciAddress at, unsigned offset, std::uint32_t value) const;

 private:
  [[nodiscard]] std::size_t place_of(PciAddress at, unsigned offset) const;

  rt::Mmio registers_;
  unsigned first_bus_ = 0, buses_ = 0;
};

}  // namespace tessera::genesis
