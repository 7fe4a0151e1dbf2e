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
#include <cstddef>
#include <cstdint>

#include "kernel/object/slot.hpp"
#include "kernel/support/addresses.hpp"

namespace tessera::nucleus {

struct Namespace;
struct Thread;

// AuditTrail writes records as words.
static_assert(offsetof(abi::AuditRecord, event) == 16 && offsetof(abi::AuditRecord, type) == 17 &&
              offsetof(abi::AuditRecord, rights) == 18 && offsetof(abi::AuditRecord, error) == 19 &&
              offsetof(abi::AuditRecord, lost) == 20 && offsetof(abi::AuditRecord, actor) == 24 &&
              offsetof(abi::AuditRecord, other) == 56);

enum class Event : std::uint8_t {
  create = abi::kAuditCreate,
  delegate = abi::kAuditDelegate,
  revoke = abi::kAuditRevoke,
  denied = abi::kAuditDenied,
  use = abi::kAuditUse,
  note = abi::kAuditNote,
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

  // What somebody above says, under the name of who does.
  struct Note {
    std::uint8_t type = 0, error = 0;
    std::uint64_t object = 0, badge = 0;
  };
  void write_note(const Thread& actor, const Note& note);

  // The same for a use of an object that has memory in the nucleus: what a call's fast path pays.
  [[gnu::always_inline]] inline void write_use(std::uint64_t actor, const void* thread, const Slot& capability, std::uint64_t what) {
    const std::uint64_t time = arch::now_ns();
    if (!has_room()) [[unlikely]] return;
    const std::uint64_t kind = static_cast<std::uint64_t>(Event::use) | static_cast<std::uint64_t>(capability.type) << 8 |
                               std::uint64_t{capability.rights} << 16;
    const std::uint64_t object = physical(capability.as<void>()).value / sizeof(Slot);
    put(time, kind, {.actor = actor, .thread = physical(thread).value / sizeof(Slot), .object = object, .badge = what, .other = 0});
  }

 private:
  // The record's second half.
  struct Parties {
    std::uint64_t actor, thread, object, badge, other;
  };
  // `kind`: event, type, rights and error, a byte each.
  [[gnu::always_inline]] inline void put(std::uint64_t time, std::uint64_t kind, const Parties& parties) {
#pragma clang unsafe_buffer_usage begin
    std::uint64_t* record = next_;
    record[0] = written_;
    record[1] = time;
    record[2] = kind | std::uint64_t{lost_since_} << 32;
    record[3] = parties.actor;
    record[4] = parties.thread;
    record[5] = parties.object;
    record[6] = parties.badge;
    record[7] = parties.other;
    record += sizeof(abi::AuditRecord) / 8;
    next_ = record == end_ ? first() : record;
#pragma clang unsafe_buffer_usage end
    lost_since_ = 0;
    __atomic_store_n(&ring_->written, ++written_, __ATOMIC_RELEASE);
  }
  [[nodiscard]] std::uint64_t* first() const {
#pragma clang unsafe_buffer_usage begin
    return reinterpret_cast<std::uint64_t*>(ring_ + 1);
#pragma clang unsafe_buffer_usage end
  }
  [[gnu::always_inline]] inline bool has_room() { return written_ < room_until_ || make_room(); }
  // Looks how far the reader is. False when the ring is full, or gone, or its reader writes nonsense.
  // Saves all registers, so that a caller with room keeps what it has in them.
  [[gnu::noinline, clang::preserve_most]] bool make_room();

  abi::AuditRing* ring_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t* next_ = nullptr;  // where the next record goes
  std::uint64_t* end_ = nullptr;   // of the ring
  std::uint64_t room_until_ = 0;  // records up to here fit, as of the last look at the reader's index
  std::uint64_t lost_ = 0;   // all
  std::uint32_t lost_since_ = 0;
  std::uint8_t events_ = 0;
};

// Who an object is, for those who read: its physical address / 64, or a serial number.
[[nodiscard]] std::uint64_t identity_of(const Slot& slot);

// Writes where it is wanted. Each is one test when it is not.
void audit(const Namespace* ring_of, const AuditTrail::Entry& entry);

}  // namespace tessera::nucleus
