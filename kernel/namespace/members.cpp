// SPDX-License-Identifier: Apache-2.0
#include "kernel/namespace/namespace.hpp"

#include "kernel/namespace/lifecycle.hpp"

namespace tessera::nucleus {

static std::size_t at(Resource what) { return static_cast<std::size_t>(what); }

bool can_charge(const Namespace& where, Resource what, std::uint64_t amount) {
  for (const Namespace* up = &where; up != nullptr; up = up->parent) {
    const std::uint64_t limit = up->limits[at(what)], used = up->used[at(what)];
    if (amount > 0 && (used > limit || amount > limit - used)) return false;
  }
  return true;
}

void charge(Namespace& where, Resource what, std::uint64_t amount) {
  for (Namespace* up = &where; up != nullptr; up = up->parent) up->used[at(what)] += amount;
}

void give_back(Namespace& where, Resource what, std::uint64_t amount) {
  for (Namespace* up = &where; up != nullptr; up = up->parent) up->used[at(what)] -= amount;
}

Namespace* namespace_of_holder(const Slot& slot) {
  switch (holder_of(slot.home)) {
    case HolderKind::table: return slot.held_by<CapTable>().member_of;
    case HolderKind::thread: return slot.held_by<Thread>().member_of;
    case HolderKind::space: return slot.held_by<AddressSpace>().member_of;
    case HolderKind::domain: return slot.held_by<DmaDomain>().member_of;
    case HolderKind::trail: {  // what one above has given: a Namespace is member of its parent
      auto& space = slot.held_by<Namespace>();
      return space.parent != nullptr ? space.parent : &space;
    }
    case HolderKind::other: break;
  }
  return nullptr;
}

Cost cost_of(ObjectType type, std::uint64_t size_bits, std::uint64_t count) {
  switch (type) {
    case ObjectType::cap_table: return {Resource::slots, count << size_bits};
    case ObjectType::thread: return {Resource::threads, count};
    case ObjectType::namespace_: return {Resource::namespaces, count};
    case ObjectType::none:
    case ObjectType::untyped:
    case ObjectType::budget:
    case ObjectType::address_space:
    case ObjectType::memory:
    case ObjectType::endpoint:
    case ObjectType::reply:
    case ObjectType::notification:
    case ObjectType::timer:
    case ObjectType::interrupt:
    case ObjectType::io_ports:
    case ObjectType::log:
    case ObjectType::dma_domain:
    case ObjectType::machine: break;
  }
  return {};
}

void join(CapTable& table, Namespace& to) {
  table.member_of = &to;
  to.tables.push_back(table);
  charge(to, Resource::slots, table.size());
}
void join(Thread& thread, Namespace& to) {
  thread.member_of = &to;
  to.threads.push_back(thread);
  start_membership(thread, to);
  charge(to, Resource::threads, 1);
}
void join(AddressSpace& space, Namespace& to) {
  space.member_of = &to;
  to.spaces.push_back(space);
}
void join(DmaDomain& domain, Namespace& to) {
  domain.member_of = &to;
  to.domains.push_back(domain);
}
void join(Budget& budget, Namespace& to) {
  budget.member_of = &to;
  to.budgets.push_back(budget);
  charge(to, Resource::processor, budget.charged);
}
void join(Namespace& child, Namespace& to) {
  child.parent = &to;
  child.depth = static_cast<std::uint8_t>(to.depth + 1);
  to.children.push_back(child);
  start_membership(child);
  charge(to, Resource::namespaces, 1);
}

void leave(CapTable& table) {
  table.member_of->tables.remove(table);
  give_back(*table.member_of, Resource::slots, table.size());
}
void leave(Thread& thread) {
  thread.member_of->threads.remove(thread);
  give_back(*thread.member_of, Resource::threads, 1);
}
void leave(AddressSpace& space) { space.member_of->spaces.remove(space); }
void leave(DmaDomain& domain) { domain.member_of->domains.remove(domain); }
void leave(Budget& budget) {
  budget.member_of->budgets.remove(budget);
  give_back(*budget.member_of, Resource::processor, budget.charged);
}
void leave(Namespace& child) {
  child.parent->children.remove(child);
  give_back(*child.parent, Resource::namespaces, 1);
}

std::uint64_t next_serial() {
  static std::uint64_t last = 0;
  return ++last;
}

}  // namespace tessera::nucleus
