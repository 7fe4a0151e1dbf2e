// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/channels.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <bit>

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/own.hpp"
#include "components/genesis/window.hpp"

namespace tessera::genesis {

namespace {

// The nucleus clears no larger memory that nobody had before; rings begin with zeros.
constexpr std::uint64_t kCleared = 1 << 20;

bool good_name(std::string_view name) { return !name.empty() && name.size() <= 31; }

}  // namespace

bool clear_channel(const Channel& channel) {
  const Window window(channel.memory, channel.bytes, abi::kRightRead | abi::kRightWrite);
  std::ranges::fill(window.bytes(), std::byte{0});
  return window.valid();
}

// A native component has one notification, of which each of its channels raises a bit: one thread waits for all. A
// personality has a thread for each.
static void make_doorbell(const format::Manifest& manifest, Channel::End& end) {
  constexpr unsigned kBits = 64;
  struct Doorbell {
    Handle wake = 0;
    unsigned next_bit = 0;
  };
  static constinit std::array<Doorbell, format::Manifest::kMostComponents> of_native{};
  Doorbell own;
  Doorbell& doorbell = manifest.components[end.component].kind == format::ComponentKind::native ? of_native[end.component] : own;
  if (doorbell.wake == 0) doorbell.wake = rt::objects().make(abi::ObjectType::notification).value_or(0);
  end.wake = doorbell.wake;
  end.bit = doorbell.next_bit++;
  const auto bell = end.bit < kBits ? rt::objects().copy(end.wake, abi::kRightWrite, std::uint64_t{1} << end.bit) : std::unexpected(abi::Error::no_memory);
  if (end.wake == 0 || !bell) fatal("no doorbell for the channel {}", end.name);
  end.bell = *bell;
}

Channel make_channel(const format::Manifest& manifest, const std::array<Channel::End, 2>& ends, std::uint64_t bytes) {
  Channel channel{.ends = ends, .memory = 0, .bytes = bytes};
  if (manifest.components[ends[1].component].name < manifest.components[ends[0].component].name) std::ranges::reverse(channel.ends);
  const auto memory = own_memory(static_cast<unsigned>(std::countr_zero(bytes)));
  const auto info = memory ? abi::memory_info(*memory) : std::unexpected(memory.error());
  if (info) channel.memory = *memory;
  if (!info || (bytes > kCleared && !clear_channel(channel))) fatal("no memory for the channel {}: it wants {} KiB", ends[0].name, bytes / 1024);
  channel.physical = info->physical;
  for (Channel::End& end : channel.ends) make_doorbell(manifest, end);
  return channel;
}

// PEER, its name here, its name there, bytes.
void Channels::add(const format::Manifest& manifest, std::size_t component, std::string_view line) {
  const auto other = manifest.find(format::take_field(line).value_or(""));
  const std::string_view name = format::take_field(line).value_or(""), peer_name = format::take_field(line).value_or("");
  const std::uint64_t bytes = format::parse_number(line).value_or(0);
  const bool good_size = std::has_single_bit(bytes) && bytes >= format::kLeastChannelBytes && bytes <= format::kMostChannelBytes;
  if (!other || *other == component || !good_name(name) || !good_name(peer_name) || !good_size) {
    fatal("the manifest has a bad channel '{}'", name);
  }
  if (count_ == kMost) fatal("the manifest has more than {} channels", kMost);
  channels_[count_] = make_channel(manifest, {{{.component = component, .name = name}, {.component = *other, .name = peer_name}}}, bytes);
  ++count_;
}

void Channels::make(const format::Manifest& manifest) {
  for (std::size_t index = 0; index < manifest.component_count; ++index) {
    std::string_view lines = manifest.components[index].lines;
    while (const auto line = format::take_line(lines)) {
      if (line->key == "channel") add(manifest, index, line->rest);
    }
  }
}

}  // namespace tessera::genesis
