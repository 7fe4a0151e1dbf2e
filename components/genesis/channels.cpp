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

bool clear(Handle memory, std::uint64_t bytes) {
  if (bytes <= kCleared) return true;
  const Window window(memory, bytes, abi::kRightRead | abi::kRightWrite);
  std::ranges::fill(window.bytes(), std::byte{0});
  return window.valid();
}

}  // namespace

// A native component has one notification, of which each of its channels raises a bit: one thread waits for all. A
// personality has a thread for each.
void Channels::give_doorbell(const format::Manifest& manifest, Channel::End& end) {
  if (manifest.components[end.component].kind == format::ComponentKind::native) {
    for (const Channel& before : all()) {
      const auto other = std::ranges::find(before.ends, end.component, &Channel::End::component);
      if (other == before.ends.end() || other->wake == 0) continue;
      end.wake = other->wake;
      end.bit = std::max(end.bit, other->bit + 1);
    }
  }
  if (end.wake != 0) return;
  const auto made = rt::objects().make(abi::ObjectType::notification);
  if (!made) fatal("no memory for the channel {}", end.name);
  end.wake = *made;
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
  Channel& channel = channels_[count_];
  channel.ends = {{{.component = component, .name = name}, {.component = *other, .name = peer_name}}};
  if (manifest.components[*other].name < manifest.components[component].name) std::ranges::reverse(channel.ends);
  const auto memory = own_memory(static_cast<unsigned>(std::countr_zero(bytes)));
  const auto info = memory ? abi::memory_info(*memory) : std::unexpected(memory.error());
  if (!info || !clear(*memory, bytes)) fatal("no memory for the channel {}: it wants {} KiB", name, bytes / 1024);
  channel.memory = *memory;
  channel.bytes = bytes;
  channel.physical = info->physical;
  for (Channel::End& end : channel.ends) give_doorbell(manifest, end);
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
