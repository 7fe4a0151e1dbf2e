// SPDX-License-Identifier: Apache-2.0
// Namespace: a tenant. A tree at most abi::kNamespaceDepth deep, whose root the
// nucleus makes for genesis. Knows its members, what they may use and have used,
// what may cross its border, and where a record of its doings goes.
//
// Invariants: `used` is the sum of what its members cost, of what is charged to the
// Untypeds that are in it, and of `used` of the namespaces below. Serial numbers are
// never used twice, so that one names a namespace even when it is gone.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <cstdint>

#include "kernel/audit/audit.hpp"
#include "kernel/iommu/dma_domain.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/budget.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/header.hpp"
#include "kernel/object/slot.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/support/list.hpp"
#include "kernel/support/lock.hpp"
#include "kernel/support/result.hpp"

namespace tessera::nucleus {

// What a namespace may use, in the order of the ABI.
enum class Resource : std::uint8_t { memory, slots, threads, namespaces, processor };
inline constexpr std::size_t kResources = 5;
using Amounts = std::array<std::uint64_t, kResources>;

struct Namespace {
  ObjectHeader header;
  std::uint32_t exports = abi::kAllTypes, imports = abi::kAllTypes;  // masks of types
  bool ending = false;
  bool suspended = false;  // by itself; see suspend.cpp
  std::uint8_t depth = 1;  // of the root: 1
  std::uint64_t serial = 0;
  std::uint64_t visited = 0;  // by the newest walk; see suspend.cpp
  Namespace* parent = nullptr;
  Amounts limits{abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit, abi::kNoLimit};
  Amounts used{};

  List<CapTable, &CapTable::member_link> tables;
  List<Thread, &Thread::member_link> threads;
  List<AddressSpace, &AddressSpace::member_link> spaces;
  List<DmaDomain, &DmaDomain::member_link> domains;
  List<Budget, &Budget::member_link> budgets;
  ListLink<Namespace> member_link;
  List<Namespace, &Namespace::member_link> children;
  ListLink<Namespace> dying_link;

  mutable AuditTrail trail;  // goes on whoever looks on
  Slot ring{.home = Home::audit, .holder = this};

  Slot self{.home = Home::self, .holder = this};

  [[nodiscard]] bool allows_export(ObjectType type) const { return (exports >> static_cast<unsigned>(type) & 1) != 0; }
  [[nodiscard]] bool allows_import(ObjectType type) const { return (imports >> static_cast<unsigned>(type) & 1) != 0; }
  // Equal counts as above.
  [[nodiscard]] bool is_above(const Namespace& other) const {
    const Namespace* at = &other;
    while (at->depth > depth) at = at->parent;
    return at == this;
  }
};

// The namespace that a slot is in: that of the object it lies in. The Notification
// that a Timer or Interrupt raises is in none: no capability is ever derived from it.
[[nodiscard]] Namespace* namespace_of_holder(const Slot& slot);
[[nodiscard]] inline Namespace* namespace_of(const Slot& slot) {
  return slot.home == Home::table ? slot.held_by<CapTable>().member_of : namespace_of_holder(slot);
}

// Whether `where` and all above it have that much left.
[[nodiscard]] bool can_charge(const Namespace& where, Resource what, std::uint64_t amount);
// Charges `where` and all above it, whatever the limits.
void charge(Namespace& where, Resource what, std::uint64_t amount);
void give_back(Namespace& where, Resource what, std::uint64_t amount);

// Membership. Joining charges what a member costs, whatever the limits; leaving gives it back.
void join(CapTable& table, Namespace& to);
void join(Thread& thread, Namespace& to);
void join(AddressSpace& space, Namespace& to);
void join(DmaDomain& domain, Namespace& to);
void join(Budget& budget, Namespace& to);
void join(Namespace& child, Namespace& to);
void leave(CapTable& table);
void leave(Thread& thread);
void leave(AddressSpace& space);
void leave(DmaDomain& domain);
void leave(Budget& budget);
void leave(Namespace& child);

// What `count` new members of this type cost where they join; Resource::memory and 0
// for types that are not members or cost nothing.
struct Cost {
  Resource what = Resource::memory;
  std::uint64_t amount = 0;
};
[[nodiscard]] Cost cost_of(ObjectType type, std::uint64_t size_bits, std::uint64_t count);

// A serial number that no namespace had before.
[[nodiscard]] std::uint64_t next_serial();

}  // namespace tessera::nucleus
