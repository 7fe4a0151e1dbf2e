// SPDX-License-Identifier: Apache-2.0
// Standard input to standard output: see README.md.
#include <array>
#include <cstring>

#include "lib/format/manifest.hpp"
#include "lib/ring/byte_ring.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"

namespace {

namespace rt = tessera::rt;
namespace abi = tessera::abi;
namespace ring = tessera::ring;

constexpr std::uint8_t kInput = 0, kEnd = 1, kOutput = 16;
constexpr std::size_t kMostPayload = 4096;

struct Header {
  std::uint8_t channel = 0, zero = 0;
  std::uint16_t length = 0;
};

class Link {
 public:
  Link(const ring::ByteChannel& channel, rt::Handle wake, rt::Handle peer) : channel_(channel), wake_(wake), peer_(peer) {}

  void read(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t done = checked(channel_.in.read(bytes));
      if (channel_.in.should_wake_writer()) (void)rt::notify(peer_);
      bytes = bytes.subspan(done);
      if (done > 0) continue;
      channel_.in.prepare_sleep();
      if (checked(channel_.in.readable()) == 0) (void)rt::wait_notification(wake_);
      channel_.in.awake();
    }
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t done = checked(channel_.out.write(bytes));
      if (channel_.out.should_wake_reader()) (void)rt::notify(peer_);
      bytes = bytes.subspan(done);
      if (done == 0) sleep_until([this] { return checked(channel_.out.writable()) > 0; });
    }
  }

  // Until the host has everything.
  void drain() {
    while (!channel_.out.drained()) sleep_until([this] { return channel_.out.drained(); });
  }

  [[nodiscard]] bool framed() const { return channel_.in.mode() == ring::LinkMode::framed; }

 private:
  template <typename T>
  static T checked(const std::expected<T, ring::RingError>& result) {
    if (!result) rt::panic("the console breaks the channel's rules");
    return *result;
  }
  template <typename Ready>
  void sleep_until(Ready ready) {
    channel_.out.prepare_sleep();
    if (!ready()) (void)rt::wait_notification(wake_);
    channel_.out.awake();
  }

  ring::ByteChannel channel_;
  rt::Handle wake_, peer_;
};

Link open_link(const rt::Start& start) {
  const auto memory = start.grant("channel.console", abi::ObjectType::memory);
  const auto wake = start.grant("channel.console.wake", abi::ObjectType::notification);
  const auto peer = start.grant("channel.console.peer", abi::ObjectType::notification);
  if (!memory || !wake || !peer) rt::panic("no channel 'console' was granted");
  const auto channel = ring::ByteChannel::attach(rt::bytes_of(*memory), static_cast<unsigned>(memory->extra));
  if (!channel) rt::panic("the channel's memory cannot be used");
  return {*channel, wake->handle, peer->handle};
}

void tell_time(const rt::Start& start) {
  const auto base = start.config("clock.realtime");
  const auto seconds = base ? tessera::format::parse_number(*base) : std::nullopt;
  if (seconds) rt::log("it is {} seconds since 1970", *seconds + rt::now_ns() / 1'000'000'000);
  else rt::log("nobody knows what time it is");
}

// Byte by byte: a plain line does not say how much there is, but how it ends.
void echo_line(Link& link) {
  constexpr std::byte kEndOfTransmission{4};
  for (std::array<std::byte, 1> one{};;) {
    link.read(one);
    if (one.front() == kEndOfTransmission) return;
    link.write(one);
  }
}

void echo_frames(Link& link) {
  static constinit std::array<std::byte, kMostPayload> payload{};
  for (;;) {
    std::array<std::byte, sizeof(Header)> head{};
    link.read(head);
    Header header;
    std::memcpy(&header, head.data(), sizeof header);
    if (header.length > payload.size()) rt::panic("a frame is too long");
    const auto content = std::span(payload).first(header.length);
    link.read(content);
    if (header.channel == kEnd) return;
    if (header.channel != kInput) continue;
    header.channel = kOutput;
    std::memcpy(head.data(), &header, sizeof header);
    link.write(head);
    link.write(content);
  }
}

}  // namespace

int component_main(const rt::Start& start) {
  if (start.config("tell") == "time") tell_time(start);
  Link link = open_link(start);
  if (link.framed()) echo_frames(link);
  else echo_line(link);
  link.drain();
  return 0;
}
