// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/grants.hpp"

#include <algorithm>

#include "components/genesis/boot.hpp"
#include "components/genesis/own.hpp"
#include "components/genesis/device_grant.hpp"
#include "components/genesis/failure.hpp"
#include "components/genesis/tenants.hpp"
#include "components/genesis/time_of_day.hpp"
#include "lib/rt/format.hpp"

namespace tessera::genesis {

namespace {

using abi::kRightExecute;
using abi::kRightManage;
using abi::kRightRead;
using abi::kRightWrite;
using Text = std::array<char, 48>;

// Just the pages of this entry: the rest of the bundle is out of the component's reach.
void give_bundle_entry(Gift& gift, std::string_view name, const format::Bundle& bundle) {
  const auto entry = bundle.find(name);
  if (!entry) return gift.fail("a granted entry of the bundle is missing");
  if (!bundle.check_content(*entry)) return gift.fail("a granted entry of the bundle is damaged");
  const std::uint64_t bytes = (entry->bytes + abi::kPageBytes - 1) / abi::kPageBytes * abi::kPageBytes;
  const auto part = part_of(boot().bundle, entry->offset, std::max(bytes, abi::kPageBytes));
  if (!part) return gift.fail(abi::name(part.error()));
  Text text;
  gift.grant({.name = rt::format_to(text, "bundle.{}", name), .kind = abi::ObjectType::memory, .handle = *part,
              .address = gift.map(*part, entry->bytes, kRightRead), .bytes = entry->bytes},
             kRightRead | kRightExecute);
  rt::objects().discard(*part);  // what was given becomes derived from the bundle
}

void give_lines(Gift& gift, const Component& component) {
  Text text;
  for (std::size_t i = 0; i < component.port_count; ++i) {
    const Line& line = component.ports[i];
    gift.grant({.name = rt::format_to(text, "ports.{}", i), .kind = abi::ObjectType::io_ports, .handle = line.handle,
                .address = line.first, .bytes = line.count},
               kRightRead | kRightWrite);
  }
  for (std::size_t i = 0; i < component.interrupt_count; ++i) {
    const Line& line = component.interrupts[i];
    gift.grant({.name = rt::format_to(text, "interrupt.{}", i), .kind = abi::ObjectType::interrupt, .handle = line.handle,
                .extra = line.first},
               kRightWrite | kRightManage);
  }
}

// Memory whose addresses a component's devices may be told: all that it shares with others, if it has one that can
// reach memory. A DMA domain would hold the same.
struct DeviceView {
  bool has_device = false;
  [[nodiscard]] std::uint64_t physical(std::uint64_t address) const { return has_device ? address : 0; }
  [[nodiscard]] std::uint64_t rights() const { return kRightRead | kRightWrite | (has_device ? abi::kRightDma : 0); }
};

DeviceView devices_of(const Component& component) {
  const auto devices = std::span(component.devices).first(component.device_count);
  return {.has_device = std::ranges::any_of(devices, [](const Device& one) { return one.in_tree.empty(); })};
}

// `extra` of the memory is the side.
void give_channels(Gift& gift, const Component& component, const Channels& channels) {
  const std::size_t index = component.number - 1;
  const DeviceView view = devices_of(component);
  for (const Channel& channel : channels.all()) {
    const auto end = std::ranges::find(channel.ends, index, &Channel::End::component);
    if (end == channel.ends.end()) continue;
    const auto side = static_cast<std::size_t>(end - channel.ends.begin());
    const Channel::End& other = channel.ends.at(1 - side);
    Text text;
    gift.grant_mapped({.name = rt::format_to(text, "channel.{}", end->name), .handle = channel.memory, .bytes = channel.bytes,
                       .physical = view.physical(channel.physical), .extra = side},
                      view.rights());
    gift.grant({.name = rt::format_to(text, "channel.{}.wake", end->name), .kind = abi::ObjectType::notification,
                .handle = end->wake, .extra = end->bit},
               kRightRead | kRightWrite);
    gift.grant({.name = rt::format_to(text, "channel.{}.peer", end->name), .kind = abi::ObjectType::notification,
                .handle = other.bell},
               kRightWrite);
  }
}

// NAME mapped|unmapped
void give_pool(Gift& gift, const Component& component, const Pools& pools, std::string_view rest) {
  const Pool* pool = pools.find(format::take_field(rest).value_or(""));
  if (pool == nullptr) return gift.fail("a pool is missing");
  const DeviceView view = devices_of(component);
  Text text;
  // A personality's guests run programs where the disk put them; nobody else runs what is in a pool.
  const std::uint64_t run = component.what.kind == format::ComponentKind::linux ? kRightExecute : 0;
  const std::uint64_t address = rest == "mapped" ? gift.map(pool->memory, pool->bytes, kRightRead | kRightWrite) : 0;
  gift.grant({.name = rt::format_to(text, "pool.{}", pool->name), .kind = abi::ObjectType::memory, .handle = pool->memory,
              .address = address, .bytes = pool->bytes, .physical = view.physical(pool->physical)},
             view.rights() | run);
}

void give_memory(Gift& gift, const Component& component) {
  std::size_t number = 0;
  for (const Chunk& chunk : component.memory_pieces()) {
    Text text;
    gift.grant_untyped(rt::format_to(text, "memory.{}", number), chunk);
    ++number;
  }
}

void give_config(FirstGift& gift, std::string_view rest) {
  static constinit std::array<char, 48 * 1024> buffer{};
  std::array<char, 64> key_buffer;
  const auto key = format::unescape(format::take_field(rest).value_or(""), key_buffer);
  const auto value = format::unescape(rest, buffer);
  if (!key || !value) return gift.fail("a configuration line is too long or badly escaped");
  gift.config(*key, *value);
}

}  // namespace

Handle give_log(Gift& gift, const Component& component) {
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key == "grant" && line->rest == "log\ttrue") return gift.give(boot().log, kRightWrite, component.number);
  }
  return 0;
}

// The same answer for every component and restart.
static std::optional<std::uint64_t> time_of_day() {
  static constinit bool known = false;
  static constinit std::optional<std::uint64_t> time;
  if (!known) time = boot_time_seconds();
  known = true;
  return time;
}

void give_grants(FirstGift& gift, const Component& component, const Surroundings& around) {
  give_memory(gift, component);
  for (std::size_t i = 0; i < component.device_count; ++i) {
    give_device(gift, component.devices[i], i);
    describe_device(gift, component.devices[i], i);
  }
  give_lines(gift, component);
  give_channels(gift, component, around.channels);
  if (const auto time = time_of_day()) {
    std::array<char, 24> text;
    gift.config("clock.realtime", rt::format_to(text, "{}", *time));
  }
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key == "config") give_config(gift, line->rest);
    if (line->key == "member") give_pool(gift, component, around.pools, line->rest);
    if (line->key != "grant") continue;
    std::string_view rest = line->rest;
    const std::string_view name = format::take_field(rest).value_or("");
    if (name == "bundle") give_bundle_entry(gift, format::take_field(rest).value_or(""), around.bundle);
    if (name == "audit") give_audit(gift);
    if (name == "failure") give_failure(gift);
    if (name == "machine.measure") {
      gift.grant({.name = "machine", .kind = abi::ObjectType::machine, .handle = boot().machine}, abi::kRightWrite);
    }
    if (name == "namespace.root") {
      gift.grant({.name = "namespace", .kind = abi::ObjectType::namespace_, .handle = boot().root_namespace},
                 abi::kRightRead | abi::kRightManage);
    }
    if (name == "machine.info") gift.grant({.name = "machine", .kind = abi::ObjectType::machine, .handle = boot().machine}, 0);
  }
}

}  // namespace tessera::genesis
