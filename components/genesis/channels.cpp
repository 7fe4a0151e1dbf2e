// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/channels.hpp"

#include <abi/nucleus.client.hpp>

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/own.hpp"

namespace tessera::genesis {

void Channels::add(const format::Manifest& manifest, std::size_t component, std::string_view peer, std::string_view name) {
  const auto other = manifest.find(peer);
  if (!other || *other == component || name.empty() || name.size() > 31) fatal("the manifest has a bad channel '{}'", name);
  if (count_ == kMost) fatal("the manifest has more than {} channels", kMost);
  const bool first = manifest.components[component].name < manifest.components[*other].name;
  Channel& channel = channels_[count_];
  ++count_;
  channel.name = name;
  channel.ends = first ? std::array{component, *other} : std::array{*other, component};
  const auto memory = own_memory(kMemoryBits);
  if (!memory) fatal("no memory for the channel {}", name);
  channel.memory = *memory;
  for (Handle& notification : channel.notifications) {
    const auto made = rt::objects().make(abi::ObjectType::notification);
    if (!made) fatal("no memory for the channel {}", name);
    notification = *made;
  }
}

void Channels::make(const format::Manifest& manifest) {
  for (std::size_t index = 0; index < manifest.component_count; ++index) {
    std::string_view lines = manifest.components[index].lines;
    while (const auto line = format::take_line(lines)) {
      if (line->key != "channel") continue;
      std::string_view rest = line->rest;
      const auto peer = format::take_field(rest);
      const auto name = format::take_field(rest);
      add(manifest, index, peer.value_or(""), name.value_or(""));
    }
  }
}

}  // namespace tessera::genesis
