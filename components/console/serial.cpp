// SPDX-License-Identifier: Apache-2.0
#include "components/console/serial.hpp"

#include <algorithm>
#include <array>

#include "lib/rt/log.hpp"

namespace tessera::console {

rt::Task<> Serial::receive(rt::Signal& signal) {
  std::array<std::byte, 64> buffer;
  for (;;) {
    std::size_t room = link_.channel.out.writable().value_or(0);
    if (room == 0) {
      link_.channel.out.prepare_sleep();
      room = link_.channel.out.writable().value_or(0);
    }
    std::size_t count = 0;
    for (std::optional<std::byte> one; count < std::min(room, buffer.size()) && (one = port_.take()); ++count) buffer[count] = *one;
    if (count > 0) {
      (void)link_.channel.out.write(std::span(buffer).first(count));
      if (link_.channel.out.should_wake_reader()) link_.wake_peer();
      continue;
    }
    if (!co_await signal.wait()) co_return;
    link_.channel.out.awake();
  }
}

rt::Task<> Serial::transmit(rt::Signal& signal, bool interrupts) {
  std::array<std::byte, 16> buffer;
  for (;;) {
    const auto readable = link_.channel.in.readable();
    if (!readable) break;
    const bool empty = *readable == 0;
    if (const std::size_t room = empty ? 0 : port_.room(); room > 0) {
      const std::size_t count = link_.channel.in.take(std::span(buffer).first(std::min(room, buffer.size()))).value_or(0);
      for (const std::byte one : std::span(buffer).first(count)) port_.put(one);
      link_.channel.in.release(count);
      if (link_.channel.in.should_wake_writer()) link_.wake_peer();
      continue;
    }
    if (empty) link_.channel.in.prepare_sleep();
    if (empty && link_.channel.in.readable().value_or(0) > 0) continue;
    if (!empty && interrupts) port_.want(true);
    if (!co_await signal.wait()) co_return;
    if (!empty && interrupts) port_.want(false);
    link_.channel.in.awake();
  }
  rt::log("console: output stopped: the peer breaks the rules");
}

}  // namespace tessera::console
