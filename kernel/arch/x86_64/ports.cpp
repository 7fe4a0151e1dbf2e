// SPDX-License-Identifier: Apache-2.0
// Port access for drivers, the log's serial port (16550), and switching off.
#include "arch.hpp"
#include "kernel/object/io_ports.hpp"
#include "power.hpp"

namespace tessera::nucleus::arch {

static PowerFacts power;

void set_power(PowerFacts facts) { power = facts; }

std::uint32_t port_read(std::uint16_t port, unsigned bytes) {
  std::uint32_t value = 0;
  if (bytes == 1) {
    value = in8(port);
  } else if (bytes == 2) {
    std::uint16_t word = 0;
    asm volatile("inw %1, %0" : "=a"(word) : "Nd"(port));
    value = word;
  } else {
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  }
  return value;
}

void port_write(std::uint16_t port, unsigned bytes, std::uint32_t value) {
  if (bytes == 1) {
    out8(port, static_cast<std::uint8_t>(value));
  } else if (bytes == 2) {
    asm volatile("outw %0, %1" ::"a"(static_cast<std::uint16_t>(value)), "Nd"(port));
  } else {
    asm volatile("outl %0, %1" ::"a"(value), "Nd"(port));
  }
}

void log_byte(std::uint8_t byte) {
  static constexpr std::uint16_t kPort = 0x3f8;
  // A machine without the port reads all ones, which counts as ready.
  for (unsigned i = 0; i < 100'000 && (in8(kPort + 5) & 0x20) == 0; ++i) asm volatile("pause");
  if (byte == '\n') out8(kPort, '\r');
  out8(kPort, byte);
}

void power_off() {
  asm volatile("cli");
  for (unsigned i = 0; i < 100'000 && (in8(0x3f8 + 5) & 0x40) == 0; ++i) asm volatile("pause");  // let the log out
  if (power.port != 0) port_write(power.port, 2, power.value);
  for (;;) asm volatile("hlt");
}

}  // namespace tessera::nucleus::arch
