// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/differential/world.hpp"

#include "tests/support/check.hpp"

namespace tessera::nucleus::test {

using Table = abi::CapTableMethod;

static constexpr std::uint64_t kTableBits = 6;

World::World() : machine({.untyped_bits = 20, .pool_pages = 2}) {
  auto& [root, a, b, child] = actors_;
  root = {.name = "root", .path = "/", .space = &machine.root(), .space_cap = machine.namespace_cap,
          .address_space_cap = machine.space_cap};
  root.table_cap = machine.make(ObjectType::cap_table, kTableBits);
  root.thread_cap = machine.make(ObjectType::thread);
  a.name = "a";
  a.path = "/1";
  b.name = "b";
  b.path = "/2";
  child.name = "child";
  child.path = "/1/3";
  make_tenant(a, machine.namespace_cap);
  make_tenant(b, machine.namespace_cap);
  make_tenant(child, a.space_cap);
  for (Actor& actor : actors_) run_thread(actor);

  const std::uint64_t held_cap = machine.make(ObjectType::cap_table, 4);
  auto& held = *machine.slot(held_cap).as<CapTable>();
  held_ = &held;
  names_.emplace_back(&held, "held");
  std::uint64_t next = CapTable::kFirstSlot;
  const auto hold = [&](std::uint64_t cap) {
    CHECK(machine.invoke(held_cap, Table::copy, {cap, next, kAllRights, 0}).ok());
    // As the machine's table sees it.
    const std::uint64_t inner = Handle::make(next, held.slot(next)->generation).value;
    ++next;
    return (inner & ~std::uint64_t{0xffff'ffff}) | (1u << 30) | ((held_cap & 0x7fff) << 15) | (inner & 0x7fff);
  };
  (void)hold(held_cap);
  std::array<std::uint64_t, kActors> tables{};
  for (unsigned i = 0; i < kActors; ++i) tables.at(i) = hold(actors_.at(i).table_cap);
  const std::uint64_t endpoint = hold(machine.make(ObjectType::endpoint)), second = hold(machine.make(ObjectType::endpoint));

  CHECK(held.raw(kPlainEndpoint)->type == ObjectType::endpoint);

  for (unsigned i = 0; i < kActors; ++i) {
    Actor& actor = actors_.at(i);
    hand(tables.at(i), actor, kOwnTable);
    hand_untyped(actor, i == 0 ? 18 : 16);
    CHECK(machine.invoke(actor.table_cap, Table::move, {machine.make(ObjectType::reply), kReply}).ok());
    hand(endpoint, actor, 20);
    hand(second, actor, 21);
  }
  for (unsigned i = 1; i < kActors; ++i) hand(tables.at(i), root, 11 + i);
  hand(tables[3], a, 12);
}

void World::make_tenant(Actor& tenant, std::uint64_t parent_cap) {
  using Ns = abi::NamespaceMethod;
  tenant.space_cap = machine.make(ObjectType::namespace_);
  if (parent_cap != machine.namespace_cap) CHECK(machine.invoke(parent_cap, Ns::adopt, {tenant.space_cap}).ok());
  tenant.table_cap = machine.make(ObjectType::cap_table, kTableBits);
  tenant.address_space_cap = machine.make(ObjectType::address_space);
  tenant.thread_cap = machine.make(ObjectType::thread);
  for (const std::uint64_t member : {tenant.table_cap, tenant.address_space_cap, tenant.thread_cap}) {
    CHECK(machine.invoke(tenant.space_cap, Ns::adopt, {member}).ok());
  }
  tenant.space = machine.slot(tenant.space_cap).as<Namespace>();
}

void World::run_thread(Actor& actor) {
  actor.table = machine.slot(actor.table_cap).as<CapTable>();
  actor.thread = machine.slot(actor.thread_cap).as<Thread>();
  namespaces_.at(names_.size()) = actor.space;
  names_.emplace_back(actor.table, actor.name);
  const std::uint64_t page = machine.make(ObjectType::memory, 12);
  CHECK(machine.invoke(actor.thread_cap, abi::ThreadMethod::configure, {actor.table_cap, actor.address_space_cap, page, 0, 0}).ok());
  CHECK(machine.invoke(actor.thread_cap, abi::ThreadMethod::set_registers, {kHalf, kHalf + 4096, 0, 0}).ok());
  CHECK(machine.invoke(actor.thread_cap, abi::ThreadMethod::schedule, {machine.budget_cap, Machine::kPriority}).ok());
  CHECK(machine.invoke(actor.thread_cap, abi::ThreadMethod::resume).ok());
}

void World::hand(std::uint64_t source, Actor& to, std::uint64_t index) {
  CHECK(machine.invoke(to.table_cap, Table::copy, {source, index, kAllRights, 0}).ok());
}

void World::hand_untyped(Actor& to, std::uint64_t bits) {
  CHECK(machine.invoke(to.table_cap, Table::move, {machine.make(ObjectType::untyped, bits), kUntyped}).ok());
}

bool World::protects(const CapTable& table, std::uint64_t index) const {
  if (index != kOwnTable && index != kUntyped && index != kReply) return false;
  for (const Actor& actor : actors_) {
    if (actor.table == &table) return true;
  }
  return false;
}

void World::describe(ModelProcess& model) {
  static constexpr std::uint64_t kNone = std::uint64_t{1} << 60;  // what the model counts with has 63 bits
  Observation state;
  observe(machine, namespaces_, state);
  model.write("reset");
  for (unsigned i = 0; i < kActors; ++i) {
    const Actor& actor = actors_.at(i);
    std::string line = "space " + std::to_string(actor.space->serial) + " " + actor.path;
    for (unsigned resource = 0; resource < 3; ++resource) line += " " + std::to_string(actor.space->used.at(resource));
    for (unsigned resource = 0; resource < 3; ++resource) line += " " + std::to_string(std::min(actor.space->limits.at(resource), kNone));
    model.write(line + " " + std::to_string(actor.space->exports) + " " + std::to_string(actor.space->imports));
  }
  for (const auto& [table, name] : names_) {
    auto& known = const_cast<CapTable&>(*table);
    model.write("table " + std::to_string(reinterpret_cast<std::uint64_t>(table)) + " " + std::to_string(known.size()) + " " +
                std::to_string(known.member_of->serial));
  }
  for (const Entry& entry : state.capabilities) {
    std::string line = "cap";
    for (const std::uint64_t number : entry) line += " " + std::to_string(number);
    model.write(line);
  }
}

}  // namespace tessera::nucleus::test
