// SPDX-License-Identifier: Apache-2.0
#include "components/console/link.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/protocols/console.hpp>

#include "lib/rt/clock.hpp"
#include "lib/rt/panic.hpp"

namespace tessera::console {

namespace {
constexpr std::uint64_t kPollNs = 1'000'000;
}

Link Link::open(const rt::Start& start) {
  const auto memory = start.grant("channel.console", abi::ObjectType::memory);
  const auto wake = start.grant("channel.console.wake", abi::ObjectType::notification);
  const auto peer = start.grant("channel.console.peer", abi::ObjectType::notification);
  if (!memory || !wake || !peer) rt::panic("no channel 'console' was granted");
  const auto channel = ring::ByteChannel::attach(rt::bytes_of(*memory), static_cast<unsigned>(memory->extra), protocol::console::kHash);
  if (!channel) rt::panic("the channel's memory cannot be used");
  return {.channel = *channel, .wake = wake->handle, .peer = peer->handle};
}

bool Link::bind(rt::Handle interrupt) const {
  const auto target = rt::objects().copy(wake, abi::kRightWrite, std::uint64_t{1} << kInterruptBit);
  return target && abi::interrupt_bind(interrupt, *target).has_value();
}

rt::Task<> watch_ring(rt::Executor& executor, Signals& signals) {
  while (co_await executor.event(Link::kRingBit)) signals.raise();
}

// The device is looked at before its interrupt is acknowledged: a level that stays would come again.
rt::Task<> watch_interrupt(rt::Executor& executor, Signals& signals, rt::Handle acknowledge) {
  while (co_await executor.event(Link::kInterruptBit)) {
    signals.raise();
    if (acknowledge == 0) continue;
    if (!co_await executor.turn()) co_return;
    (void)abi::interrupt_acknowledge(acknowledge);
  }
}

rt::Task<> watch_clock(rt::Executor& executor, Signals& signals) {
  while (co_await executor.sleep_until(rt::now_ns() + kPollNs)) signals.raise();
}

}  // namespace tessera::console
