// SPDX-License-Identifier: Apache-2.0
// From the bundle to running components.
#include <abi/nucleus.client.hpp>
#include <abi/protocols/log.hpp>
#include <algorithm>

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/nodes.hpp"
#include "components/genesis/shares.hpp"
#include "components/genesis/supervisor.hpp"
#include "components/genesis/tenants.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::genesis {

namespace {

constinit format::Manifest manifest;
constinit std::array<Component, format::Manifest::kMostComponents> all_components;
constinit Channels channels;
constinit Pools pools;
constinit Schedules schedules;
constinit Broker broker;
constinit Trust trust;

format::Bundle open_bundle() {
  // The nucleus mapped the bundle, read-only, and says how long it is.
  const auto bundle = format::Bundle::open(rt::bytes_at(boot().bundle_address, boot().bundle_bytes));
  if (!bundle) fatal("{}", bundle.error());
  return *bundle;
}

std::span<const std::byte> checked_content(const format::Bundle& bundle, std::string_view name, format::EntryKind kind) {
  const auto entry = bundle.find(name);
  if (!entry || entry->kind != kind) fatal("the bundle has no {}", name);
  if (!bundle.check_content(*entry)) fatal("{} in the bundle is damaged", name);
  return bundle.content(*entry);
}

void read_manifest(const format::Bundle& bundle) {
  const auto bytes = checked_content(bundle, "manifest", format::EntryKind::manifest);
  const auto done = format::parse_manifest({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, manifest);
  if (!done) fatal("{}", done.error());
}

// What a component of a domain's further place has for its own (lib/rt/objects.hpp).
constexpr std::uint64_t kAreaBytes = rt::kComponentArea - abi::kComponentBase;

// `until`: those before it, and itself.
void place(Component& component, std::span<Component> until) {
  component.leader = &component;
  if (component.what.place == 0) return;
  const auto leader = std::ranges::find_if(until, [&](const Component& one) { return one.what.domain == component.what.domain; });
  if (&*leader == &component || leader->what.kind != format::ComponentKind::native || component.what.kind != format::ComponentKind::native) {
    fatal("{}: the domain {} has no first place for it", component.what.name, component.what.domain);
  }
  component.leader = &*leader;
  component.area = component.what.place * kAreaBytes;
  ++leader->followers;
}

std::span<Component> make_components(const format::Bundle& bundle) {
  const auto components = std::span(all_components).first(manifest.component_count);
  std::size_t index = 0;
  for (Component& component : components) {
    component.what = manifest.components[index];
    ++index;
    component.number = index;
    if (component.what.by_hand) component.state = State::stopped;
    place(component, components.first(index));
    if (component.what.kind == format::ComponentKind::wasm) fatal("{}: components of kind wasm are not supported", component.what.name);
    if (component.what.core >= boot().cores) {
      fatal("{} is to run on core {}; this machine runs cores 0 to {}", component.what.name, component.what.core, boot().cores - 1);
    }
    component.program = checked_content(bundle, component.what.program, format::EntryKind::component);
    if (!component.what.fallback.empty()) component.fallback = checked_content(bundle, component.what.fallback, format::EntryKind::component);
    const std::size_t bytes = rt::put_message_text(component.what.name);
    (void)abi::log_name(boot().log, component.number, bytes);
  }
  return components;
}

// Genesis' lines get its name when a badge is left for it.
void name_itself() {
  constexpr std::uint64_t kBadge = format::Manifest::kMostComponents;
  if (manifest.component_count >= kBadge) return;
  const std::size_t bytes = rt::put_message_text(protocol::log::kGenesis);
  const auto log = abi::log_name(boot().log, kBadge, bytes) ? rt::objects().copy(boot().log, abi::kRightWrite, kBadge)
                                                            : std::unexpected(abi::Error::bad_argument);
  if (log) rt::set_log(*log);
}

Handle must_make(abi::ObjectType type) {
  const auto made = rt::objects().make(type);
  if (!made) fatal("no memory for genesis' own objects");
  return *made;
}

}  // namespace

void run() {
  const format::Bundle bundle = open_bundle();
  read_manifest(bundle);
  name_itself();
  trust.begin(manifest, bundle);
  const auto components = make_components(bundle);
  log_nodes();
  pools.make(manifest);
  channels.make(manifest);
  schedules.make(manifest);
  broker.make(manifest);
  share_memory(components);
  make_rooms(components);
  make_tenants(components);
  schedules.move_in(components);
  broker.settle(components);
  rt::log("system {}, {} components, {} MiB of memory", manifest.system, manifest.component_count,
          boot().memory_bytes / (1024 * 1024));
  const Handle endpoint = must_make(abi::ObjectType::endpoint), reply = must_make(abi::ObjectType::reply);
  Supervisor(manifest, components, {.bundle = bundle, .channels = channels, .pools = pools, .schedules = schedules, .broker = broker, .trust = trust, .supervisor = endpoint}, reply).run();
}

}  // namespace tessera::genesis
