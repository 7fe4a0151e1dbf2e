// SPDX-License-Identifier: Apache-2.0
// What the two components of systems/rings.toml agree on: a queue of numbers in one channel's memory,
// a channel of requests in the other's.
#pragma once

#include <cstdint>

#include "lib/ring/channel.hpp"
#include "lib/ring/queue.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/start.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::bench {

struct Item {
  std::uint64_t number = 0;
  std::uint64_t last = 0;  // 1: no more come
};

inline constexpr std::uint64_t kQueueEntries = 256;
inline constexpr std::uint32_t kChannelEntries = 64;
inline constexpr std::uint64_t kChannelProtocol = 0x676e'6972;  // both ends are of one build
inline constexpr std::uint16_t kEcho = 0, kSum = 1, kEnd = 2;  // operations; after kEnd comes the channel `service`
inline constexpr std::uint32_t kBufferBytes = 32768;

// The grants of a channel.
struct Ends {
  std::span<std::byte> memory;
  std::uint64_t own = 0, peer = 0;  // notifications

  [[nodiscard]] static Ends of(const rt::Start& start, std::string_view name) {
    std::array<char, 64> text;
    const auto grant = [&](std::string_view what, abi::ObjectType kind) {
      const auto found = start.grant(rt::format_to(text, "channel.{}{}", name, what), kind);
      if (!found) rt::panic("the manifest lacks a channel");
      return *found;
    };
    return {.memory = rt::bytes_of(grant("", abi::ObjectType::memory)),
            .own = grant(".wake", abi::ObjectType::notification).handle,
            .peer = grant(".peer", abi::ObjectType::notification).handle};
  }
  void wait() const { (void)rt::wait_notification(own); }
  void wake(bool asked) const {
    if (asked) (void)rt::notify(peer);
  }
};

// Neither side expects the other to break the rules here.
template <typename T>
T kept(const std::expected<T, ring::RingError>& result) {
  if (!result) rt::panic("the peer breaks the rules of the ring");
  return *result;
}

}  // namespace tessera::bench
