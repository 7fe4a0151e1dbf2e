// SPDX-License-Identifier: Apache-2.0
#include "lib/clock_chip/cmos_ports.hpp"

#include <abi/nucleus.client.hpp>

namespace tessera::clock_chip {

std::uint32_t CmosPorts::read(std::size_t offset) {
  (void)abi::io_ports_write(ports_, kFirst, 1, offset);
  return static_cast<std::uint32_t>(abi::io_ports_read(ports_, kLast, 1).value_or(0xff));
}

void CmosPorts::write(std::size_t offset, std::uint32_t value) {
  (void)abi::io_ports_write(ports_, kFirst, 1, offset);
  (void)abi::io_ports_write(ports_, kLast, 1, value & 0xff);
}

}  // namespace tessera::clock_chip
