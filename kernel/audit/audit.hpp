// SPDX-License-Identifier: Apache-2.0
// Audit: a namespace's record of what happens in it, in a ring of memory that one
// above it gave (abi: audit_ring, audit_record; docs/capabilities.md says which event
// goes where).
//
// The ring is shared with its reader. The nucleus keeps its own index and never reads
// back what it wrote; the reader's index is believed only as far as it makes sense. A
// full ring loses the newest record, and the next one that fits says how many.
#pragma once

#include <abi/nucleus.hpp>
#include <cstdint>

#include "kernel/object/slot.hpp"
#include "kernel/support/addresses.hpp"

namespace tessera::nucleus {

struct Namespace;
struct Thread;

enum class Event : std::uint8_t {
  create = abi::kAuditCreate,
  delegate = abi::kAuditDelegate,
  revoke = abi::kAuditRevoke,
  denied = abi::kAuditDenied,
  use = abi::kAuditUse,
};

class AuditTrail {
 public:
  [[nodiscard]] bool wants(Event event) const { return (events_ & static_cast<std::uint8_t>(event)) != 0; }
  [[nodiscard]] std::uint8_t events() const { return events_; }
  void start(PhysAddr memory, std::uint64_t bytes, std::uint8_t events);
  void end() { *this = {}; }

  struct Entry {
    Event event;
    const Thread* actor = nullptr;       // null: the nucleus, for one who is gone
    const Slot* capability = nullptr;    // what it is about
    std::uint64_t badge = 0;
    abi::Error error = abi::Error::ok;
    const Namespace* other = nullptr;    // the other side, if there is one
  };
  void write(const Entry& entry);

 private:
  abi::AuditRing* ring_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t place_ = 0;  // written_ modulo capacity_
  std::uint64_t lost_ = 0;   // all
  std::uint32_t lost_since_ = 0;
  std::uint8_t events_ = 0;
};

// Who an object is, for those who read: its physical address / 64, or a serial number.
[[nodiscard]] std::uint64_t identity_of(const Slot& slot);

// Writes where it is wanted. Each is one test when it is not.
void audit(const Namespace* ring_of, const AuditTrail::Entry& entry);

}  // namespace tessera::nucleus
