// SPDX-License-Identifier: Apache-2.0
// A serial port as a raw terminal, where there is no virtio console: bytes between it and the
// channel, whichever port it is.
#pragma once

#include <cstddef>
#include <optional>

#include "components/console/link.hpp"

namespace tessera::console {

class SerialPort {
 public:
  // The next byte that came.
  virtual std::optional<std::byte> take() = 0;
  // How many bytes it takes at once, now.
  [[nodiscard]] virtual std::size_t room() const = 0;
  virtual void put(std::byte one) = 0;
  // Interrupts when something came, and, if wanted, when there is room.
  virtual void want(bool room) = 0;

 protected:
  ~SerialPort() = default;
};

class Serial {
 public:
  Serial(SerialPort& port, Link& link) : port_(port), link_(link) {}
  rt::Task<> receive(rt::Signal& signal);
  rt::Task<> transmit(rt::Signal& signal, bool interrupts);

 private:
  SerialPort& port_;
  Link& link_;
};

}  // namespace tessera::console
