// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/derive.hpp"

#include "kernel/memory/address_space.hpp"
#include "kernel/object/cap_table.hpp"
#include "kernel/object/derivation.hpp"
#include "kernel/object/object_header.hpp"
#include "kernel/object/untyped.hpp"

namespace tessera::nucleus {

static bool badge_allowed(const Slot& from) {
  switch (from.type) {
    case ObjectType::endpoint:
    case ObjectType::notification:
    case ObjectType::log: return from.badge == 0;
    case ObjectType::none:
    case ObjectType::untyped:
    case ObjectType::cap_table:
    case ObjectType::thread:
    case ObjectType::budget:
    case ObjectType::address_space:
    case ObjectType::memory:
    case ObjectType::reply:
    case ObjectType::timer:
    case ObjectType::interrupt:
    case ObjectType::io_ports:
    case ObjectType::namespace_:
    case ObjectType::machine: break;
  }
  return false;
}

std::uint64_t range_bytes(const Slot& slot) {
  if (slot.type == ObjectType::memory) return slot.extra;
  return slot.type == ObjectType::untyped ? untyped_bytes(slot) : 0;
}

void add_reference(Slot& slot) {
  if (ObjectHeader* header = header_of(slot)) ++header->references;
}

Result<void> derive(Slot& from, Slot& to, std::uint8_t rights, std::uint64_t badge) {
  if (!to.empty()) return fail(Error::slot_occupied);
  if (from.type == ObjectType::untyped) return fail(Error::wrong_type);
  if (badge != 0 && !badge_allowed(from)) return fail(Error::bad_argument);
  to.type = from.type;
  to.rights = from.rights & rights;
  to.size_bits = from.size_bits;
  to.object = from.object;
  to.badge = badge != 0 ? badge : from.badge;
  to.extra = from.extra;
  add_reference(to);
  link_child(&from, to);
  return {};
}

}  // namespace tessera::nucleus
