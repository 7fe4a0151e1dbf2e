// SPDX-License-Identifier: Apache-2.0
// Channels between two components (docs/formats.md). Memory and notifications are
// genesis' own and outlive both: a side that starts again finds the bytes that were
// under way. The memory is in one piece, so that a driver's device may reach it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "components/genesis/store.hpp"
#include "lib/format/manifest.hpp"

namespace tessera::genesis {

struct Channel {
  // Of side 0 and side 1.
  struct End {
    std::size_t component = 0;  // its index
    std::string_view name;      // what it calls the channel
    Handle wake = 0;            // the notification that it waits on
    unsigned bit = 0;           // of it: what this channel raises
    Handle bell = 0;            // and what raises it
  };
  std::array<End, 2> ends{};
  Handle memory = 0;
  std::uint64_t bytes = 0;
  std::uint64_t physical = 0;
};

// A channel between these two; the first by name order becomes side 0. Fatal without memory for it.
[[nodiscard]] Channel make_channel(const format::Manifest& manifest, const std::array<Channel::End, 2>& ends, std::uint64_t bytes);
// Its memory is as that of a new one. False: it cannot be reached.
[[nodiscard]] bool clear_channel(const Channel& channel);

class Channels {
 public:
  static constexpr std::size_t kMost = 32;

  // Makes what the manifest names. Fatal without memory for it.
  void make(const format::Manifest& manifest);
  [[nodiscard]] std::span<const Channel> all() const { return std::span(channels_).first(count_); }

 private:
  void add(const format::Manifest& manifest, std::size_t component, std::string_view line);

  std::array<Channel, kMost> channels_{};
  std::size_t count_ = 0;
};

}  // namespace tessera::genesis
