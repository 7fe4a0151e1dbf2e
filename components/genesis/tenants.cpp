// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/tenants.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "components/genesis/boot.hpp"
#include "components/genesis/fatal.hpp"
#include "components/genesis/own.hpp"
#include "components/genesis/shares.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::genesis {

namespace {

constexpr unsigned kRingBits = 16;
constexpr std::uint64_t kEvents = abi::kAuditCreate | abi::kAuditDelegate | abi::kAuditRevoke | abi::kAuditDenied | abi::kAuditNote;
// Beyond its first table, and the namespaces it may make for tenants of its own.
constexpr std::uint64_t kMoreSlots = 1 << 18, kMostBelow = 256;
// A personality's threads are at most so many: one for each of its tasks, and its own.
constexpr std::uint64_t kMostThreads = 16384;
// An audit that does not answer must not keep the machine on.
constexpr std::uint64_t kPatienceNs = 1'000'000'000;

struct Audit {
  std::span<const Component> components;
  bool wanted = false;
  Handle flush = 0, done = 0;
};
constinit Audit audit;

Handle must_make(abi::ObjectType type) {
  const auto made = rt::objects().make(type);
  if (!made) fatal("no memory for a {}: {}", type, made.error());
  return *made;
}

void make_tenant(Component& component, std::span<const Component> all) {
  // Who is granted the root's own namespace is a member of that.
  if (component.is_granted("namespace.root")) return;
  // Threads of an address space are of one namespace.
  if (component.follows()) return;
  component.tenant = must_make(abi::ObjectType::namespace_);
  std::uint64_t memory = 0, slots = 0, processor = 0;
  for (const Component& one : all) {
    if (one.leader != &component) continue;
    memory += one.memory_bytes() + (one.reserve.untyped == 0 ? 0 : std::uint64_t{1} << one.reserve.bits);
    slots += (std::uint64_t{1} << table_bits_of(one.what.kind)) + kMoreSlots + kReserveSlots;
    processor += processor_of(one);
  }
  const auto limited = abi::namespace_set_limits(component.tenant, memory, slots, kMostThreads, kMostBelow, processor);
  if (!limited) fatal("the limits of {}: {}", component.what.name, limited.error());
}

void make_ring(Component& component) {
  if (component.tenant == 0 || component.follows()) return;
  const auto ring = own_memory(kRingBits);
  if (!ring) fatal("no memory for the audit of {}", component.what.name);
  component.audit_ring = *ring;
  const auto started = abi::namespace_set_audit(component.tenant, component.audit_ring, kEvents);
  if (!started) fatal("the audit of {}: {}", component.what.name, started.error());
}

}  // namespace

std::uint64_t processor_of(const Component& component) {
  return std::min(component.what.cpu_percent * (kOneCore / 100), boot().cores * kOneCore);
}

void make_tenants(std::span<Component> components) {
  for (Component& component : components) make_tenant(component, components);
  for (Component& component : components) component.tenant = component.leader->tenant;
  audit.components = components;
  audit.wanted = std::ranges::any_of(components, [](const Component& one) { return one.is_granted("audit"); });
  if (!audit.wanted) return;
  audit.flush = must_make(abi::ObjectType::notification);
  audit.done = must_make(abi::ObjectType::notification);
  for (Component& component : components) make_ring(component);
}

std::expected<void, std::string_view> move_in(const Component& component) {
  if (component.tenant == 0) return {};
  for (const Handle member : {component.own_table, component.thread, component.budget, component.space}) {
    // The leader's has moved with the leader.
    if (member == component.space && component.follows()) continue;
    if (const auto done = abi::namespace_adopt(component.tenant, member); !done) return std::unexpected(abi::name(done.error()));
  }
  return {};
}

void give_audit(FirstGift& gift) {
  std::array<char, 48> text;
  for (const Component& one : audit.components) {
    if (one.audit_ring == 0) continue;
    const auto usage = abi::namespace_usage(one.tenant);
    gift.grant_mapped({.name = rt::format_to(text, "audit.{}", one.what.name), .handle = one.audit_ring,
                       .bytes = std::uint64_t{1} << kRingBits, .extra = usage ? usage->serial : 0},
                      abi::kRightRead | abi::kRightWrite);
  }
  gift.grant({.name = "audit.flush", .kind = abi::ObjectType::notification, .handle = audit.flush}, abi::kRightRead | abi::kRightWrite);
  gift.grant({.name = "audit.done", .kind = abi::ObjectType::notification, .handle = audit.done}, abi::kRightWrite);
  if (const auto root = abi::namespace_usage(boot().root_namespace)) gift.config("audit.root", rt::format_to(text, "{}", root->serial));
}

void finish_audit() {
  if (!audit.wanted) return;
  (void)rt::notify(audit.flush);
  (void)rt::wait_notification(audit.done, rt::now_ns() + kPatienceNs);
}

}  // namespace tessera::genesis
