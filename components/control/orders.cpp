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
Failure tell(rt::Handle supervisor, const Request& request, std::span<const std::byte> data) {
  const auto done = rt::ask<calls::Protocol>(supervisor, request, data);
  if (!done) return done.error();
  return std::nullopt;
}
template <typename Request>
Failure tell(rt::Handle supervisor, std::string_view name) { return tell(supervisor, Request{}, std::as_bytes(std::span(name))); }

// Bytes as pairs of hexadecimal digits; none: they are not, or too many.
std::optional<std::span<const std::byte>> decode(std::string_view digits, std::span<std::byte> room) {
  const auto value = [](char letter) { return letter >= '0' && letter <= '9' ? letter - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1; };
  if (digits.size() % 2 != 0 || digits.size() / 2 > room.size()) return std::nullopt;
  for (std::size_t i = 0; i < digits.size() / 2; ++i) {
    const int high = value(digits[2 * i]), low = value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    room[i] = static_cast<std::byte>(high << 4 | low);
  }
  return room.first(digits.size() / 2);
}

// NAME BYTES
Failure load(rt::Handle supervisor, std::string_view rest) {
  const std::size_t space = std::min(rest.find(' '), rest.size());
  std::uint64_t bytes = 0;
  for (const char letter : rest.substr(std::min(space + 1, rest.size()))) {
    if (letter < '0' || letter > '9' || bytes > ~std::uint64_t{0} / 16) return calls::Status::too_large;
    bytes = bytes * 10 + static_cast<std::uint64_t>(letter - '0');
  }
  return tell(supervisor, calls::LoadRequest{.bytes = bytes}, std::as_bytes(std::span(rest.substr(0, space))));
}

// DIGITS
Failure part(rt::Handle supervisor, std::string_view rest) {
  std::array<std::byte, 256> room;
  const auto bytes = decode(rest, room);
  if (!bytes) return calls::Status::incomplete;
  return tell(supervisor, calls::PartRequest{}, *bytes);
}

// PROGRAM SIGNATURE, which come to genesis the other way round.
Failure finish(rt::Handle supervisor, std::string_view rest) {
  constexpr std::size_t kSignature = 64, kName = 39;
  const std::size_t space = std::min(rest.find(' '), rest.size());
  std::array<std::byte, kSignature + kName> room;
  const auto signature = decode(rest.substr(std::min(space + 1, rest.size())), std::span(room).first(kSignature));
  if (!signature || signature->size() != kSignature || space > kName) return calls::Status::bad_signature;
  std::ranges::copy(std::as_bytes(std::span(rest.substr(0, space))), std::span(room).subspan(kSignature).begin());
  return tell(supervisor, calls::FinishRequest{}, std::span(room).first(kSignature + space));
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
  else if (word == "load") failure = load(supervisor, name);
  else if (word == "finish") failure = finish(supervisor, name);
  // Many, and what is wrong with them is told at the end.
  else if (word == "part") return (void)part(supervisor, name);
  else return out.write(rt::format_to(line, "{} error unknown\n", tag));
  if (!failure) return out.write(rt::format_to(line, "{} ok\n", tag));
  out.write(rt::format_to(line, "{} error {}\n", tag, calls::name(*failure)));
}

}  // namespace tessera::control
