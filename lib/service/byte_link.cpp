// SPDX-License-Identifier: Apache-2.0
#include "lib/service/byte_link.hpp"

#include <array>

#include "lib/rt/format.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::service {

namespace {

template <typename T>
T checked(const std::expected<T, ring::RingError>& result) {
  if (!result) rt::panic(result.error() == ring::RingError::wrong_protocol ? "the peer speaks another protocol" : "the peer breaks the channel's rules");
  return *result;
}

}  // namespace

ByteLink ByteLink::open(const rt::Start& start, std::string_view name, std::uint64_t protocol) {
  std::array<char, 64> text;
  const auto memory = start.grant(rt::format_to(text, "channel.{}", name), abi::ObjectType::memory);
  const auto wake = start.grant(rt::format_to(text, "channel.{}.wake", name), abi::ObjectType::notification);
  const auto peer = start.grant(rt::format_to(text, "channel.{}.peer", name), abi::ObjectType::notification);
  if (!memory || !wake || !peer) rt::panic(rt::format_to(text, "no channel '{}' was granted", name));
  const auto channel = ring::ByteChannel::attach(rt::bytes_of(*memory), static_cast<unsigned>(memory->extra), protocol);
  if (!channel) rt::panic("the channel's memory cannot be used");
  return {*channel, wake->handle, peer->handle};
}

std::size_t ByteLink::read_some(std::span<std::byte> bytes) {
  for (;;) {
    const std::size_t done = checked(channel_.in.read(bytes));
    if (channel_.in.should_wake_writer()) (void)rt::notify(peer_);
    if (done > 0) return done;
    channel_.in.prepare_sleep();
    if (checked(channel_.in.readable()) == 0) (void)rt::wait_notification(wake_);
    channel_.in.awake();
  }
}

void ByteLink::read(std::span<std::byte> bytes) {
  while (!bytes.empty()) bytes = bytes.subspan(read_some(bytes));
}

void ByteLink::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t done = checked(channel_.out.write(bytes));
    if (channel_.out.should_wake_reader()) (void)rt::notify(peer_);
    bytes = bytes.subspan(done);
    if (done == 0) sleep_until([this] { return checked(channel_.out.writable()) > 0; });
  }
}

void ByteLink::drain() {
  while (!channel_.out.drained()) sleep_until([this] { return channel_.out.drained(); });
}

template <typename Ready>
void ByteLink::sleep_until(Ready ready) {
  channel_.out.prepare_sleep();
  if (!ready()) (void)rt::wait_notification(wake_);
  channel_.out.awake();
}

}  // namespace tessera::service
