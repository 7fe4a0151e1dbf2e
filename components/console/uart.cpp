// SPDX-License-Identifier: Apache-2.0
#include "components/console/uart.hpp"

#include <abi/nucleus.client.hpp>

namespace tessera::console {

namespace {
constexpr std::uint64_t kData = 0, kInterrupts = 1, kFifo = 2, kFormat = 3, kModem = 4, kStatus = 5, kScratch = 7;
constexpr std::uint8_t kOnReceived = 1, kOnEmpty = 2, kHasData = 1, kHolderEmpty = 32;
constexpr std::size_t kFifoBytes = 16;
}  // namespace

std::uint8_t Uart::read(std::uint64_t offset) const {
  return static_cast<std::uint8_t>(abi::io_ports_read(ports_, first_ + offset, 1).value_or(0));
}

void Uart::write(std::uint64_t offset, std::uint8_t value) const { (void)abi::io_ports_write(ports_, first_ + offset, 1, value); }

bool Uart::begin(bool interrupts) {
  write(kScratch, 0x5a);
  if (read(kScratch) != 0x5a) return false;
  write(kInterrupts, 0);
  write(kFormat, 0x80);  // the divisor in place of data
  write(kData, 1);
  write(kInterrupts, 0);
  write(kFormat, 0x03);
  write(kFifo, 0x01);
  write(kModem, 0x0b);  // OUT2 lets interrupts through
  if (interrupts) write(kInterrupts, kOnReceived);
  return true;
}

std::optional<std::byte> Uart::take() {
  if ((read(kStatus) & kHasData) == 0) return std::nullopt;
  return std::byte{read(kData)};
}

std::size_t Uart::room() const { return (read(kStatus) & kHolderEmpty) != 0 ? kFifoBytes : 0; }

void Uart::put(std::byte one) { write(kData, static_cast<std::uint8_t>(one)); }

void Uart::want(bool room) { write(kInterrupts, room ? kOnReceived | kOnEmpty : kOnReceived); }

}  // namespace tessera::console
