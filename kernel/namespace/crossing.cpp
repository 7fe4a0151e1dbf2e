// SPDX-License-Identifier: Apache-2.0
#include "kernel/namespace/crossing.hpp"

#include "kernel/object/derivation.hpp"
#include "kernel/object/derive.hpp"

namespace tessera::nucleus {

bool Gate::lets_through(const Slot& capability) const {
  if (capability.type == ObjectType::untyped || (types >> static_cast<unsigned>(capability.type) & 1) == 0) return false;
  return largest_bits == 0 || range_bytes(capability) <= std::uint64_t{1} << largest_bits;
}

static const Namespace& common_ancestor(const Namespace& a, const Namespace& b) {
  const Namespace* up = &a;
  while (!up->is_above(b)) up = up->parent;
  return *up;
}

// Whether a namespace of this serial number is `below` or above it.
static bool has_ancestor(const Namespace& below, std::uint64_t serial) {
  for (const Namespace* up = &below; up != nullptr; up = up->parent) {
    if (up->serial == serial) return true;
  }
  return false;
}

static Result<std::uint8_t> check(const Slot& capability, ObjectType type, const Namespace* from, const Namespace* to, const Way& way) {
  const Namespace& common = common_ancestor(*from, *to);
  std::uint8_t rights = 0xff;
  if (!way.actor.member_of->is_above(common)) {
    if (way.gate == nullptr || way.gate->authority == 0 || !has_ancestor(common, way.gate->authority) || !way.gate->lets_through(capability)) {
      return fail(Error::denied);
    }
    rights = way.gate->rights;
  }
  for (const Namespace* up = from; up != &common; up = up->parent) {
    if (!up->allows_export(type)) return fail(Error::denied);
  }
  for (const Namespace* up = to; up != &common; up = up->parent) {
    if (!up->allows_import(type)) return fail(Error::denied);
  }
  return rights;
}

// The actor's own ring is written where its call ends; the other side hears of it here.
static void audit_denial(const Slot& capability, const Namespace* from, const Namespace* to, const Way& way) {
  for (const Namespace* side : {from, to}) {
    if (side == way.actor.member_of) continue;
    audit(side, {.event = Event::denied, .actor = &way.actor, .capability = &capability, .error = Error::denied, .other = way.actor.member_of});
  }
}

Result<std::uint8_t> cross(const Slot& capability, ObjectType type, const Namespace* to, const Way& way) {
  const Namespace* from = namespace_of(capability);
  if (from == to) [[likely]] return 0xff;
  const auto passed = check(capability, type, from, to, way);
  if (!passed) audit_denial(capability, from, to, way);
  return passed;
}

Result<std::uint8_t> cross_border(const Slot& capability, const Namespace* to, const Way& way) {
  const Namespace* from = namespace_of(capability);
  // What was made from an Untyped is charged where it is.
  const bool in_use = capability.type == ObjectType::untyped && first_child(capability) != nullptr;
  const auto passed = in_use ? fail(Error::denied) : check(capability, capability.type, from, to, way);
  if (!passed) audit_denial(capability, from, to, way);
  return passed;
}

}  // namespace tessera::nucleus
