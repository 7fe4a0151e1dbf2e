// SPDX-License-Identifier: Apache-2.0
// Standard input to standard output: see README.md.
#include <array>
#include <cstring>

#include "lib/format/manifest.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/service/byte_link.hpp"

namespace {

namespace rt = tessera::rt;
namespace ring = tessera::ring;
using Link = tessera::service::ByteLink;

constexpr std::uint8_t kInput = 0, kEnd = 1, kOutput = 16;
constexpr std::size_t kMostPayload = 4096;

struct Header {
  std::uint8_t channel = 0, zero = 0;
  std::uint16_t length = 0;
};

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
  Link link = Link::open(start, "console");
  if (link.mode() == ring::LinkMode::framed) echo_frames(link);
  else echo_line(link);
  link.drain();
  return 0;
}
