// SPDX-License-Identifier: Apache-2.0
// A PL011 (Arm DDI 0183, 3) in memory. Its speed is as firmware set it.
#pragma once

#include "components/console/serial.hpp"
#include "lib/rt/mmio.hpp"

namespace tessera::console {

class Pl011 final : public SerialPort {
 public:
  explicit Pl011(rt::Mmio registers) : registers_(registers) {}

  // 8N1, FIFOs on. False: it is none.
  [[nodiscard]] bool begin(bool interrupts);

  std::optional<std::byte> take() override;
  [[nodiscard]] std::size_t room() const override;
  void put(std::byte one) override;
  void want(bool room) override;

 private:
  rt::Mmio registers_;
};

}  // namespace tessera::console
