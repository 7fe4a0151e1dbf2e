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
    case ObjectType::dma_domain:
    case ObjectType::machine: break;
  }
  return false;
}

std::uint64_t range_bytes(const Slot& slot) {
  if (slot.type == ObjectType::memory) return slot.extra;
  return slot.type == ObjectType::untyped ? untyped_bytes(slot) : 0;
}

std::uint64_t visible_badge(const Slot& slot) {
  return slot.type == ObjectType::endpoint || slot.type == ObjectType::notification ? slot.badge : 0;
}

void add_reference(Slot& slot) {
  if (ObjectHeader* header = header_of(slot)) ++header->references;
}

static std::uint64_t first_port(const Slot& ports) { return ports.object & 0xffff; }
static std::uint64_t port_count(const Slot& ports) { return (ports.object >> 16) - first_port(ports) + 1; }

// The part of a range of `size` units, `unit` of which lie in one that cannot be divided.
static Error check_range(Less& less, std::uint64_t size, std::uint64_t unit, std::uint64_t count) {
  if (!aligned(less.offset | less.bytes, unit)) return Error::misaligned;
  if (less.offset >= size) return Error::bad_argument;
  if (less.bytes == 0 && count == 1) less.bytes = size - less.offset;
  if (less.bytes == 0 || (count == 1 ? less.bytes > size - less.offset : less.bytes > (size - less.offset) / count)) {
    return Error::bad_argument;
  }
  return Error::ok;
}

Error check_derive(const Slot& from, Less& less, std::uint64_t count, const Namespace* to, const Way& way) {
  if (from.type == ObjectType::untyped) return Error::wrong_type;
  if (less.badge != 0 && !badge_allowed(from)) return Error::bad_argument;
  if (from.type == ObjectType::memory || from.type == ObjectType::io_ports) {
    const bool memory = from.type == ObjectType::memory;
    const Error error = check_range(less, memory ? from.extra : port_count(from), memory ? kPageBytes : 1, count);
    if (error != Error::ok) return error;
  } else if (less.offset != 0 || less.bytes != 0 || count != 1) {
    return Error::bad_argument;
  }
  if (namespace_of(from) == to) [[likely]] return Error::ok;
  const auto passed = cross_border(from, to, way);
  if (!passed) return passed.error();
  less.rights &= *passed;
  return Error::ok;
}

void derive_part(Slot& from, Slot& to, const Less& less, std::uint64_t number) {
  to.type = from.type;
  to.rights = from.rights & less.rights;
  to.size_bits = from.size_bits;
  to.object = from.object;
  to.badge = less.badge != 0 ? less.badge : from.badge;
  to.extra = from.extra;
  to.limit_bits = from.limit_bits;
  const std::uint64_t offset = less.offset + number * less.bytes;
  if (from.type == ObjectType::memory) {
    to.object += offset;
    to.extra = less.bytes;
  } else if (from.type == ObjectType::io_ports) {
    const std::uint64_t first = first_port(from) + offset;
    to.object = first | (first + less.bytes - 1) << 16;
  }
  add_reference(to);
  link_child(&from, to);
}

void audit_border(const Slot& capability, const Namespace* from, const Namespace* to, const Way& way) {
  AuditTrail::Entry entry{.event = Event::delegate, .actor = &way.actor, .capability = &capability, .badge = visible_badge(capability)};
  entry.other = to;
  audit(from, entry);
  entry.other = from;
  audit(to, entry);
}

Result<void> derive(Slot& from, Slot& to, const Less& less, const Way& way) {
  Less part = less;
  if (const Error error = check_derive(from, part, 1, namespace_of(to), way); error != Error::ok) return fail(error);
  derive_part(from, to, part, 0);
  audit_crossing(to, namespace_of(from), namespace_of(to), way);
  return {};
}

}  // namespace tessera::nucleus
