// SPDX-License-Identifier: Apache-2.0
// A 16550 UART (National PC16550D datasheet, 8) through I/O ports.
#pragma once

#include <cstdint>

#include "components/console/serial.hpp"

namespace tessera::console {

class Uart final : public SerialPort {
 public:
  Uart(rt::Handle ports, std::uint64_t first) : ports_(ports), first_(first) {}

  // 115200 8N1, FIFOs on. False: there is no UART.
  [[nodiscard]] bool begin(bool interrupts);

  std::optional<std::byte> take() override;
  [[nodiscard]] std::size_t room() const override;
  void put(std::byte one) override;
  void want(bool room) override;

 private:
  [[nodiscard]] std::uint8_t read(std::uint64_t offset) const;
  void write(std::uint64_t offset, std::uint8_t value) const;

  rt::Handle ports_;
  std::uint64_t first_;
};

}  // namespace tessera::console
