// SPDX-License-Identifier: Apache-2.0
#include "kernel/audit/audit.hpp"

#include "kernel/namespace/namespace.hpp"
#include "kernel/object/object_header.hpp"

namespace tessera::nucleus {

void AuditTrail::start(PhysAddr memory, std::uint64_t bytes, std::uint8_t events) {
  *this = {};
  ring_ = direct<abi::AuditRing>(memory);
  capacity_ = bytes / sizeof(abi::AuditRecord) - 1;
  events_ = events;
  next_ = first();
#pragma clang unsafe_buffer_usage begin
  end_ = next_ + capacity_ * (sizeof(abi::AuditRecord) / 8);
#pragma clang unsafe_buffer_usage end
  *ring_ = {.written = 0, .read = 0, .lost = 0, .capacity = capacity_, .reserved = {}};
}

std::uint64_t identity_of(const Slot& slot) {
  if (slot.type == ObjectType::namespace_) return slot.as<Namespace>()->serial;
  if (slot.type == ObjectType::memory || slot.type == ObjectType::untyped) return slot.object / sizeof(Slot);
  return header_of(slot) == nullptr ? slot.object : physical(slot.as<void>()).value / sizeof(Slot);
}

bool AuditTrail::make_room() {
  if (ring_ == nullptr) return false;
  const std::uint64_t read = __atomic_load_n(&ring_->read, __ATOMIC_ACQUIRE);
  if (written_ - read < capacity_) {
    room_until_ = read + capacity_;
    return true;
  }
  __atomic_store_n(&ring_->lost, ++lost_, __ATOMIC_RELAXED);
  ++lost_since_;
  return false;
}

void AuditTrail::write(const Entry& entry) {
  if (!has_room()) return;
  const std::uint64_t kind = static_cast<std::uint64_t>(entry.event) | static_cast<std::uint64_t>(entry.capability->type) << 8 |
                             std::uint64_t{entry.capability->rights} << 16 | static_cast<std::uint64_t>(entry.error) << 24;
  put(arch::now_ns(), kind, {.actor = entry.actor == nullptr ? 0 : entry.actor->member_of->serial,
             .thread = entry.actor == nullptr ? 0 : physical(entry.actor).value / sizeof(Slot),
             .object = identity_of(*entry.capability),
             .badge = entry.badge,
             .other = entry.other == nullptr ? 0 : entry.other->serial});
}

void AuditTrail::write_note(const Thread& actor, const Note& note) {
  if (!wants(Event::note) || !has_room()) return;
  const std::uint64_t kind = static_cast<std::uint64_t>(Event::note) | std::uint64_t{note.type} << 8 | std::uint64_t{note.error} << 24;
  put(arch::now_ns(), kind, {.actor = actor.member_of->serial,
             .thread = physical(&actor).value / sizeof(Slot),
             .object = note.object,
             .badge = note.badge,
             .other = 0});
}

void audit(const Namespace* ring_of, const AuditTrail::Entry& entry) {
  if (ring_of->trail.wants(entry.event)) [[unlikely]] ring_of->trail.write(entry);
}

}  // namespace tessera::nucleus
