// SPDX-License-Identifier: Apache-2.0
// Standard input to standard output: see README.md.
#include <abi/protocols/console.hpp>
#include <array>
#include <cstring>
#include <utility>

#include "lib/format/manifest.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/panic.hpp"
#include "lib/service/byte_link.hpp"

namespace {

namespace rt = tessera::rt;
namespace wire = tessera::protocol::console;
using Link = tessera::service::ByteLink;

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
  static constinit std::array<std::byte, wire::kMostContent> payload{};
  for (;;) {
    std::array<std::byte, sizeof(wire::FrameHead)> head{};
    link.read(head);
    wire::FrameHead header{};
    std::memcpy(&header, head.data(), sizeof header);
    if (header.bytes > payload.size()) rt::panic("a frame is too long");
    const auto content = std::span(payload).first(header.bytes);
    link.read(content);
    if (header.kind == std::to_underlying(wire::Operation::input_end)) return;
    if (header.kind != std::to_underlying(wire::Operation::input)) continue;
    header.kind = std::to_underlying(wire::Operation::output);
    std::memcpy(head.data(), &header, sizeof header);
    link.write(head);
    link.write(content);
  }
}

}  // namespace

int component_main(const rt::Start& start) {
  if (start.config("tell") == "time") tell_time(start);
  Link link = Link::open(start, "console", wire::kHash);
  if (link.mode() == wire::kModeFramed) echo_frames(link);
  else echo_line(link);
  link.drain();
  return 0;
}
