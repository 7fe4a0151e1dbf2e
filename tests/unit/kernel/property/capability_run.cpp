// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/property/capability_run.hpp"

#include "kernel/object/make.hpp"
#include "kernel/object/untyped.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

static constexpr std::uint64_t kFirst = 64, kRootSlots = 40;  // of the root table, those in play
static constexpr std::uint8_t kMade = kAllRights;

Operation random_operation(Random& random) {
  Operation operation{.kind = random.below(16)};
  for (std::uint64_t& number : operation.random) number = random.next();
  if (random.one_in(4)) operation.preemptions = static_cast<unsigned>(1 + random.below(20));
  return operation;
}

CapabilityRun::CapabilityRun() : machine({.untyped_bits = 20, .pool_pages = 4}) {
  root_ = model_.new_object();
  tables_[root_] = &machine.table();
  root_handle_ = machine.table_cap;
  root_cap_ = model_.add({.type = ObjectType::cap_table, .rights = kMade, .size_bits = machine.slot(root_handle_).size_bits,
                          .object = root_, .place = {root_, root_handle_ & 0xffff}});
  untyped_ = model_.add({.type = ObjectType::untyped, .rights = kMade, .size_bits = 20, .object = model_.new_object(),
                         .place = {root_, machine.untyped_cap & 0xffff}});
}

std::uint64_t CapabilityRun::index_in(ObjectId table, std::uint64_t random) const {
  if (table == root_) return kFirst + random % kRootSlots;
  return random % (tables_.at(table)->size() + 1);  // also 0, 1 and one too many
}

std::uint64_t CapabilityRun::handle_at(ObjectId table, std::uint64_t index) const {
  const Slot* slot = tables_.at(table)->slot(index);
  return Handle::make(index, slot == nullptr ? 0 : slot->generation).value;
}

CapabilityRun::Named CapabilityRun::name(std::uint64_t random, std::uint64_t nested) const {
  if (random % 16 == 0) return {machine.untyped_cap, untyped_, Error::ok};
  const std::uint64_t index = index_in(root_, random >> 8);
  const CapId outer = model_.find({root_, index});
  const std::uint64_t handle = handle_at(root_, index);
  if (outer == 0) return {handle, 0, Error::empty_slot};
  const ModelCap& cap = model_.caps.at(outer);
  if (nested % 2 == 0 || cap.type != ObjectType::cap_table || cap.object == root_) return {handle, outer, Error::ok};
  const std::uint64_t inner = index_in(cap.object, nested >> 8);
  const std::uint64_t inner_handle = handle_at(cap.object, inner);
  const std::uint64_t path = (inner_handle & ~std::uint64_t{0xffff'ffff}) | (1u << 30) | (index << 15) | inner;
  if (tables_.at(cap.object)->slot(inner) == nullptr) return {path, 0, Error::bad_path};
  const CapId found = model_.find({cap.object, inner});
  return {path, found, found == 0 ? Error::empty_slot : Error::ok};
}

CapabilityRun::Named CapabilityRun::name_table(std::uint64_t random) const {
  if (random % 3 == 0) return {root_handle_, root_cap_, Error::ok};
  for (std::uint64_t i = 0; i < kRootSlots; ++i) {
    const std::uint64_t index = index_in(root_, (random >> 8) + i);
    const CapId cap = model_.find({root_, index});
    if (cap != 0 && model_.caps.at(cap).type == ObjectType::cap_table) return {handle_at(root_, index), cap, Error::ok};
  }
  return {root_handle_, root_cap_, Error::ok};
}

void CapabilityRun::retype(const Operation& operation) {
  static constexpr std::array kTypes{ObjectType::untyped,  ObjectType::cap_table,    ObjectType::endpoint, ObjectType::memory,
                                     ObjectType::reply, ObjectType::notification, ObjectType::cap_table, ObjectType::timer};
  const auto& r = operation.random;
  const ObjectType type = kTypes.at(r[0] % kTypes.size());
  std::uint64_t bits = 0;
  if (type == ObjectType::untyped) bits = 12 + r[1] % 6;
  if (type == ObjectType::memory) bits = 11 + r[1] % 5;
  if (type == ObjectType::cap_table) bits = 1 + r[1] % 5;
  const std::uint64_t count = r[2] % 8 == 0 ? r[2] / 8 % 5 : 1;
  const Named from = name(r[3], r[3] >> 32);
  const Named table = name_table(r[4]);
  const ObjectId into = model_.caps.at(table.cap).object;
  const std::uint64_t first = index_in(into, r[5]);

  Error expected = from.error;
  std::optional<Model::Room> room;
  const auto bytes = bytes_of(type, bits);
  if (expected == Error::ok) {
    const ModelCap& source = model_.caps.at(from.cap);
    if (source.type != ObjectType::untyped) return;  // another type's method 1
    if ((source.rights & abi::kRightManage) == 0) expected = Error::no_right;
    else if (count == 0 || !bytes) expected = Error::bad_argument;
    else if ((model_.caps.at(table.cap).rights & abi::kRightWrite) == 0) expected = Error::no_right;
    for (std::uint64_t i = 0; i < count && expected == Error::ok; ++i) {
      if (tables_.at(into)->slot(first + i) == nullptr) expected = Error::bad_argument;
      else if (model_.find({into, first + i}) != 0) expected = Error::slot_occupied;
    }
    if (expected == Error::ok) {
      room = model_.room(from.cap, *bytes, count);
      if (!room) expected = Error::no_memory;
    }
  }
  const Outcome done = machine.invoke(from.handle, abi::UntypedMethod::retype,
                                      {static_cast<std::uint64_t>(type), bits, count, table.handle, first});
  CHECK_EQ(done.error, expected);
  if (expected != Error::ok || !done.ok()) return;
  for (std::uint64_t i = 0; i < count; ++i) {
    const ObjectId object = model_.new_object();
    model_.add({.type = type, .rights = kMade, .size_bits = static_cast<unsigned>(bits), .object = object,
                .place = {into, first + i}, .parent = from.cap});
    if (type == ObjectType::cap_table) tables_[object] = tables_.at(into)->slot(first + i)->as<CapTable>();
  }
  model_.caps.at(from.cap).watermark = room->end;
}

void CapabilityRun::copy(const Operation& operation) {
  const auto& r = operation.random;
  const Named source = name(r[0], r[1]);
  const Named table = name_table(r[2]);
  const ObjectId into = model_.caps.at(table.cap).object;
  const std::uint64_t index = index_in(into, r[3]);
  const auto rights = static_cast<std::uint8_t>(r[4] % 4 == 0 ? r[4] >> 8 : 0xff);
  const std::uint64_t badge = r[5] % 3 == 0 ? 1 + (r[5] >> 8) % 5 : 0;
  Error expected = Error::ok;
  if ((model_.caps.at(table.cap).rights & abi::kRightWrite) == 0) expected = Error::no_right;
  else if (source.error != Error::ok) expected = source.error;
  else if (tables_.at(into)->slot(index) == nullptr) expected = Error::bad_argument;
  else if (model_.find({into, index}) != 0) expected = Error::slot_occupied;
  else {
    const ModelCap& cap = model_.caps.at(source.cap);
    const bool can_badge = (cap.type == ObjectType::endpoint || cap.type == ObjectType::notification) && cap.badge == 0;
    if (cap.type == ObjectType::untyped) expected = Error::wrong_type;
    else if (badge != 0 && !can_badge) expected = Error::bad_argument;
  }
  const Outcome done = machine.invoke(table.handle, abi::CapTableMethod::copy, {source.handle, index, rights, badge});
  CHECK_EQ(done.error, expected);
  if (expected == Error::ok) model_.copy(source.cap, {into, index}, rights, badge);
}

void CapabilityRun::move(const Operation& operation) {
  const auto& r = operation.random;
  const Named source = name(r[0], r[1]);
  if (source.cap == untyped_) return;
  const Named table = name_table(r[2]);
  const ObjectId into = model_.caps.at(table.cap).object;
  const std::uint64_t index = index_in(into, r[3]);
  Error expected = Error::ok;
  if ((model_.caps.at(table.cap).rights & abi::kRightWrite) == 0) expected = Error::no_right;
  else if (source.error != Error::ok) expected = source.error;
  else if (tables_.at(into)->slot(index) == nullptr) expected = Error::bad_argument;
  else if (model_.find({into, index}) != 0) expected = Error::slot_occupied;
  const Outcome done = machine.invoke(table.handle, abi::CapTableMethod::move, {source.handle, index});
  CHECK_EQ(done.error, expected);
  if (expected == Error::ok) model_.move(source.cap, {into, index});
}

void CapabilityRun::swap(const Operation& operation) {
  const auto& r = operation.random;
  const Named source = name(r[0], r[1]);
  if (source.cap == untyped_) return;
  const Named table = name_table(r[2]);
  const ObjectId into = model_.caps.at(table.cap).object;
  const std::uint64_t index = index_in(into, r[3]);
  const CapId other = model_.find({into, index});
  Error expected = Error::ok;
  if ((model_.caps.at(table.cap).rights & abi::kRightWrite) == 0) expected = Error::no_right;
  else if (source.error != Error::ok) expected = source.error;
  else if (tables_.at(into)->slot(index) == nullptr) expected = Error::bad_argument;
  else if (other == 0) expected = Error::empty_slot;
  const Outcome done = machine.invoke(table.handle, abi::CapTableMethod::swap, {source.handle, index});
  CHECK_EQ(done.error, expected);
  if (expected == Error::ok) model_.swap(source.cap, other);
}

void CapabilityRun::remove_or_revoke(const Operation& operation, bool revoke) {
  const auto& r = operation.random;
  const Named table = name_table(r[0]);
  const ObjectId in = model_.caps.at(table.cap).object;
  std::uint64_t index = index_in(in, r[1]);
  if (revoke && in == root_ && r[2] % 64 == 0) index = machine.untyped_cap & 0xffff;
  const CapId cap = model_.find({in, index});
  Error expected = Error::ok;
  if ((model_.caps.at(table.cap).rights & abi::kRightWrite) == 0) expected = Error::no_right;
  else if (tables_.at(in)->slot(index) == nullptr) expected = Error::bad_path;
  else if (cap == 0) expected = Error::empty_slot;
  const auto method = revoke ? abi::CapTableMethod::revoke : abi::CapTableMethod::delete_;
  const Outcome done = machine.invoke(table.handle, method, {handle_at(in, index)});
  CHECK_EQ(done.error, expected);
  if (expected != Error::ok) return;
  if (revoke) model_.revoke(cap);
  else model_.remove(cap);
}

bool CapabilityRun::step(const Operation& operation) {
  const unsigned before = ::tessera::test::failures();
  arch::hosted::interrupt_at_preemption(operation.preemptions);
  switch (operation.kind) {
    case 0: case 1: case 2: case 3: case 4: retype(operation); break;
    case 5: case 6: case 7: case 8: case 9: copy(operation); break;
    case 10: move(operation); break;
    case 11: swap(operation); break;
    case 12: case 13: case 14: remove_or_revoke(operation, false); break;
    default: remove_or_revoke(operation, true); break;
  }
  arch::hosted::interrupt_at_preemption(0);
  return ::tessera::test::failures() == before;
}

bool CapabilityRun::compare() {
  const unsigned before = ::tessera::test::failures();
  std::size_t in_play = 0;
  const Live live = collect(machine);
  if (::tessera::test::failures() != before) return false;
  for (const auto& [id, cap] : model_.caps) {
    const Slot* slot = tables_.at(cap.place.table)->slot(cap.place.index);
    CHECK(slot->type == cap.type);
    if (slot->type != cap.type) continue;
    CHECK_EQ(slot->rights, cap.rights);
    if (cap.type != ObjectType::memory) CHECK_EQ(slot->size_bits, cap.size_bits);
    if (cap.type == ObjectType::untyped) CHECK_EQ(UntypedState::of(*slot).watermark, cap.watermark);
    else CHECK_EQ(slot->badge, cap.badge);
    const Place parent = cap.parent == 0 ? Place{} : model_.caps.at(cap.parent).place;
    CHECK(live.parents.at(slot) == (cap.parent == 0 ? nullptr : tables_.at(parent.table)->slot(parent.index)));
    if (id != root_cap_ && id != untyped_) ++in_play;
  }
  // And nothing else is anywhere.
  std::size_t full = 0;
  for (CapTable* table : live.tables) {
    const bool is_root = table == &machine.table();
    for (std::uint64_t i = is_root ? kFirst : 2; i < (is_root ? kFirst + kRootSlots + 4 : table->size()); ++i) {
      full += table->raw(i)->empty() ? 0 : 1;
    }
  }
  CHECK_EQ(full, in_play);
  return ::tessera::test::failures() == before;
}

}  // namespace tessera::nucleus::test
