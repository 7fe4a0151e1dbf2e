// SPDX-License-Identifier: Apache-2.0
// A 16550 UART (National PC16550D datasheet, 8) through I/O ports: what the console
// uses as a raw terminal where there is no virtio console.
#pragma once

#include <cstdint>

#include "components/console/link.hpp"

namespace tessera::console {

class Uart {
 public:
  Uart(rt::Handle ports, std::uint64_t first, Link& link) : ports_(ports), first_(first), link_(link) {}

  // 115200 8N1, FIFOs on. False: there is no UART.
  [[nodiscard]] bool begin(bool interrupts);

  rt::Task<> receive(rt::Signal& signal);
  rt::Task<> transmit(rt::Signal& signal, bool interrupts);

 private:
  [[nodiscard]] std::uint8_t read(std::uint64_t offset) const;
  void write(std::uint64_t offset, std::uint8_t value) const;
  // Takes what the device has; how much.
  [[nodiscard]] std::size_t take_received(std::span<std::byte> buffer) const;

  rt::Handle ports_;
  std::uint64_t first_;
  Link& link_;
};

}  // namespace tessera::console
