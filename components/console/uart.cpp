// SPDX-License-Identifier: Apache-2.0
#include "components/console/uart.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>

#include "lib/rt/log.hpp"

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

std::size_t Uart::take_received(std::span<std::byte> buffer) const {
  std::size_t count = 0;
  while (count < buffer.size() && (read(kStatus) & kHasData) != 0) {
    buffer[count] = std::byte{read(kData)};
    ++count;
  }
  return count;
}

rt::Task<> Uart::receive(rt::Signal& signal) {
  std::array<std::byte, 64> buffer;
  for (;;) {
    std::size_t room = link_.channel.out.writable().value_or(0);
    if (room == 0) {
      link_.channel.out.prepare_sleep();
      room = link_.channel.out.writable().value_or(0);
    }
    const std::size_t count = take_received(std::span(buffer).first(std::min(room, buffer.size())));
    if (count > 0) {
      (void)link_.channel.out.write(std::span(buffer).first(count));
      if (link_.channel.out.should_wake_reader()) link_.wake_peer();
      continue;
    }
    co_await signal.wait();
    link_.channel.out.awake();
  }
}

rt::Task<> Uart::transmit(rt::Signal& signal, bool interrupts) {
  std::array<std::byte, kFifoBytes> buffer;
  for (;;) {
    const auto readable = link_.channel.in.readable();
    if (!readable) break;
    const bool empty = *readable == 0;
    if (!empty && (read(kStatus) & kHolderEmpty) != 0) {
      const std::size_t count = link_.channel.in.take(buffer).value_or(0);
      for (const std::byte one : std::span(buffer).first(count)) write(kData, static_cast<std::uint8_t>(one));
      link_.channel.in.release(count);
      if (link_.channel.in.should_wake_writer()) link_.wake_peer();
      continue;
    }
    if (empty) link_.channel.in.prepare_sleep();
    if (empty && link_.channel.in.readable().value_or(0) > 0) continue;
    if (!empty && interrupts) write(kInterrupts, kOnReceived | kOnEmpty);
    co_await signal.wait();
    if (!empty && interrupts) write(kInterrupts, kOnReceived);
    link_.channel.in.awake();
  }
  rt::log("console: output stopped: the peer breaks the rules");
}

}  // namespace tessera::console
