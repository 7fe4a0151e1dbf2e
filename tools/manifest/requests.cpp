// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/requests.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "tools/manifest/grants.hpp"
#include "tools/manifest/load_memory.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::manifest {
namespace {

const Grant* granted(const System& system, const Grant& wanted) {
  for (const Component& one : system.components) {
    const auto at = std::ranges::find_if(one.grants, [&](const Grant& grant) { return grant.name == wanted.name && grant.value == wanted.value; });
    if (at != one.grants.end()) return &*at;
  }
  return nullptr;
}

void check_hardware(const System& system, const Component& component, Diagnostics& diagnostics) {
  const auto& all = component.requests.hardware;
  for (auto one = all.begin(); one != all.end(); ++one) {
    if (const Grant* grant = granted(system, *one)) {
      diagnostics.add(one->where, "the " + one->name + " '" + one->value + "' is granted in line " + std::to_string(grant->where.line) +
                                      ": nobody can ask for it");
    }
    const auto same = [&](const Grant& other) { return other.name == one->name && other.value == one->value; };
    if (std::any_of(all.begin(), one, same)) diagnostics.add(one->where, "'" + one->value + "' is named twice");
  }
}

bool has_channel(const Component& component, const std::string& name) {
  return std::ranges::contains(component.channels, name, &Channel::name);
}

void check_channels(const System& system, const Component& component, Diagnostics& diagnostics) {
  const auto& all = component.requests.channels;
  for (auto one = all.begin(); one != all.end(); ++one) {
    const Component* peer = system.find(one->name);
    if (peer == nullptr) {
      std::vector<std::string> names;
      for (const Component& other : system.components) names.push_back(other.name);
      diagnostics.add(one->where, "a channel goes to '" + one->name + "', which is no component of this system" + suggestion(one->name, names));
      continue;
    }
    if (peer == &component) {
      diagnostics.add(one->where, "a channel must lead to another component");
      continue;
    }
    if (!std::ranges::contains(peer->requests.channels, component.name, &Reference::name)) {
      diagnostics.add(one->where, "'" + one->name + "' does not ask for this channel: it needs requests = { channel = [\"" + component.name + "\"] }");
    }
    if (std::any_of(all.begin(), one, [&](const Reference& other) { return other.name == one->name; })) {
      diagnostics.add(one->where, "'" + one->name + "' is named twice");
    }
    // Its grants are named after the peer.
    const bool theirs = std::ranges::any_of(peer->channels, [&](const Channel& channel) {
      return channel.peer.name == component.name && channel.peer_name == one->name;
    });
    if (has_channel(component, one->name) || theirs) {
      diagnostics.add(one->where, "'" + component.name + "' has a channel '" + one->name + "' already");
    }
  }
}

}  // namespace

Requests load_requests(const toml::Reader& component) {
  static const std::array<std::string, 5> keys{"device", "memory", "interrupt", "channel", "ask"};
  Requests requests;
  for (const toml::Reader& table : component.table("requests")) {
    table.allow(keys, "the table requests");
    for (const toml::Entry& entry : table.raw().entries) {
      if (entry.key == "device" || entry.key == "interrupt") load_hardware(table, entry, requests.hardware);
      if (entry.key == "ask") table.error(entry.where, "that the operator decides (ask) is not supported yet: what stands here is granted when it is asked for");
    }
    if (table.has("memory")) requests.memory = load_channel_memory(table, "what may be asked for");
    for (const auto& [text, where] : table.strings("channel")) requests.channels.push_back({text, where});
  }
  return requests;
}

void check_requests(const System& system, Diagnostics& diagnostics) {
  for (const Component& one : system.components) {
    check_hardware(system, one, diagnostics);
    check_channels(system, one, diagnostics);
    const std::size_t count = one.requests.hardware.size();
    if (count > format::kMostAskedHardware) {
      diagnostics.add(one.requests.hardware.back().where, "a component asks for at most " + std::to_string(format::kMostAskedHardware) + " devices and interrupts");
    }
  }
}

}  // namespace tessera::tools::manifest
