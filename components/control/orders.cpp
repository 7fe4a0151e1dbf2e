// SPDX-License-Identifier: Apache-2.0
#include "components/control/orders.hpp"

#include <abi/protocols/supervisor.hpp>
#include <array>
#include <optional>

#include "lib/rt/ask.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/format.hpp"

namespace tessera::control {

namespace {

namespace calls = protocol::supervisor;
using Failure = std::optional<calls::Status>;

template <typename Field>
std::string_view text_of(const Field& field) {
  const auto end = std::ranges::find(field, std::uint8_t{0});
  return {reinterpret_cast<const char*>(field.data()), static_cast<std::size_t>(end - field.begin())};
}

std::string_view state_name(std::uint32_t state) {
  switch (state) {
    case calls::kStateWaiting: return "waiting";
    case calls::kStateStarting: return "starting";
    case calls::kStateReady: return "ready";
    case calls::kStatePausing: return "pausing";
    case calls::kStateStopped: return "stopped";
    default: return "?";
  }
}

// NAME STATE PROGRAM KIND LIVES MS-IN-STATE MEMORY REASON, a tab between.
Failure list(rt::Handle supervisor, std::string_view tag, Out& out) {
  for (std::uint32_t index = 0;; ++index) {
    calls::Component one{};
    const auto told = rt::ask<calls::Protocol>(supervisor, calls::DescribeRequest{.index = index}, {}, std::as_writable_bytes(std::span(&one, 1)));
    if (!told && told.error() == calls::Status::not_found) return std::nullopt;
    if (!told) return told.error();
    std::array<char, 320> line;
    out.write(rt::format_to(line, "{} = {}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", tag, text_of(one.name), state_name(one.state), text_of(one.program),
                            one.kind == 0 ? "native" : "linux", one.lives, (rt::now_ns() - one.since) / 1'000'000, one.memory,
                            text_of(one.reason)));
  }
}

// PLACE KINDS COMPONENT, a tab between: where it is, all that a manifest may call it, a blank between, and who has it.
Failure devices(rt::Handle supervisor, std::string_view tag, Out& out) {
  for (std::uint32_t index = 0;; ++index) {
    calls::Device one{};
    const auto told = rt::ask<calls::Protocol>(supervisor, calls::DeviceRequest{.index = index}, {}, std::as_writable_bytes(std::span(&one, 1)));
    if (!told && told.error() == calls::Status::not_found) return std::nullopt;
    if (!told) return told.error();
    std::array<char, 256> line;
    if (one.bus == calls::kBusPci) {
      out.write(rt::format_to(line, "{} = {:02x}:{:02x}.{}\tpci:{:04x}:{:04x} pci:class:{:06x}\t{}\n", tag, one.place >> 8, one.place >> 3 & 31,
                              one.place & 7, one.vendor, one.device, one.class_code, text_of(one.component)));
    } else {
      out.write(rt::format_to(line, "{} = {:#x}\ttree:{}\t{}\n", tag, one.place, text_of(one.compatible), text_of(one.component)));
    }
  }
}

template <typename Request>
Failure tell(rt::Handle supervisor, std::string_view name) {
  const auto done = rt::ask<calls::Protocol>(supervisor, Request{}, std::as_bytes(std::span(name)));
  if (!done) return done.error();
  return std::nullopt;
}

}  // namespace

void carry_out(rt::Handle supervisor, std::string_view tag, std::string_view order, Out& out) {
  const std::size_t space = std::min(order.find(' '), order.size());
  const std::string_view word = order.substr(0, space), name = order.substr(std::min(space + 1, order.size()));
  std::array<char, 128> line;
  Failure failure;
  if (word == "list") failure = list(supervisor, tag, out);
  else if (word == "devices") failure = devices(supervisor, tag, out);
  else if (word == "restart") failure = tell<calls::RestartRequest>(supervisor, name);
  else if (word == "stop") failure = tell<calls::StopRequest>(supervisor, name);
  else if (word == "start") failure = tell<calls::StartRequest>(supervisor, name);
  else return out.write(rt::format_to(line, "{} error unknown\n", tag));
  if (!failure) return out.write(rt::format_to(line, "{} ok\n", tag));
  out.write(rt::format_to(line, "{} error {}\n", tag, calls::name(*failure)));
}

}  // namespace tessera::control
