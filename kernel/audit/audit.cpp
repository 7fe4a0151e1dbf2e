// SPDX-License-Identifier: Apache-2.0
#include "kernel/audit/audit.hpp"

#include <algorithm>
#include <atomic>

#include "kernel/namespace/namespace.hpp"
#include "kernel/object/object_header.hpp"

namespace tessera::nucleus {

void AuditTrail::start(PhysAddr memory, std::uint64_t bytes, std::uint8_t events) {
  *this = {};
  ring_ = direct<abi::AuditRing>(memory);
  capacity_ = bytes / sizeof(abi::AuditRecord) - 1;
  events_ = events;
  *ring_ = {.written = 0, .read = 0, .lost = 0, .capacity = capacity_, .reserved = {}};
}

std::uint64_t identity_of(const Slot& slot) {
  if (slot.type == ObjectType::namespace_) return slot.as<Namespace>()->serial;
  if (slot.type == ObjectType::memory || slot.type == ObjectType::untyped) return slot.object / sizeof(Slot);
  return header_of(slot) == nullptr ? slot.object : physical(slot.as<void>()).value / sizeof(Slot);
}

void AuditTrail::write(const Entry& entry) {
  const std::uint64_t unread = written_ - std::atomic_ref(ring_->read).load(std::memory_order_acquire);
  if (unread >= capacity_) [[unlikely]] {  // full, or its reader writes nonsense
    std::atomic_ref(ring_->lost).store(++lost_, std::memory_order_relaxed);
    ++lost_since_;
    return;
  }
#pragma clang unsafe_buffer_usage begin
  auto& record = *(reinterpret_cast<abi::AuditRecord*>(ring_ + 1) + place_);
#pragma clang unsafe_buffer_usage end
  record = {.sequence = written_,
            .time = arch::now_ns(),
            .event = static_cast<std::uint8_t>(entry.event),
            .type = static_cast<std::uint8_t>(entry.capability->type),
            .rights = entry.capability->rights,
            .error = static_cast<std::uint8_t>(entry.error),
            .lost = lost_since_,
            .actor = entry.actor == nullptr ? 0 : entry.actor->member_of->serial,
            .thread = entry.actor == nullptr ? 0 : physical(entry.actor).value / sizeof(Slot),
            .object = identity_of(*entry.capability),
            .badge = entry.badge,
            .other = entry.other == nullptr ? 0 : entry.other->serial};
  lost_since_ = 0;
  if (++place_ == capacity_) place_ = 0;
  std::atomic_ref(ring_->written).store(++written_, std::memory_order_release);
}

void audit(const Namespace* ring_of, const AuditTrail::Entry& entry) {
  if (ring_of != nullptr && ring_of->trail.wants(entry.event)) [[unlikely]] ring_of->trail.write(entry);
}

}  // namespace tessera::nucleus
