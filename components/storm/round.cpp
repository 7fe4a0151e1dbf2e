// SPDX-License-Identifier: Apache-2.0
#include "components/storm/round.hpp"

#include <abi/nucleus.client.hpp>
#include <memory>
#include <span>

#include "components/storm/must.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/raw_memory.hpp"

namespace tessera::storm {

using rt::objects;

namespace {

constexpr std::uint64_t kAll = 0xff;
constexpr std::uint64_t kPriority = 60, kMostPriority = 100;
constexpr std::uint64_t kLookNs = 300'000;
constexpr unsigned kPatience = 24;  // looks without a call before the round ends
constexpr std::uint64_t kPeriodNs = 10'000'000;
constexpr std::uint64_t kMemoryLimit = 4 << 20, kSlotLimit = 1 << 14, kThreadLimit = 24, kNamespaceLimit = 6;

rt::Handle own_table_handle() { return objects().own().table; }

}  // namespace

Round::Round(const Supplies& supplies, std::uint64_t seed)
    : supplies_(supplies), random_(seed), members_(2 + random_.below(Crew::kMost - 1)), self_manage_(random_.one_in(4)) {
  make_namespaces();
  for (rt::Handle& one : endpoints_) one = make(ObjectType::endpoint);
  for (rt::Handle& one : replies_) one = make(ObjectType::reply);
  for (rt::Handle& one : notifications_) one = make(ObjectType::notification);
  timer_ = make(ObjectType::timer);
  for (std::size_t i = 0; i < members_; ++i) make_seat(i);
  for (std::size_t i = 0; i < members_; ++i) hand_out(i);
  set_policies();
  for (std::size_t i = 0; i < members_; ++i) start(i);
}

rt::Handle Round::make(ObjectType type, std::uint64_t size_bits) {
  const std::uint64_t slot = must(objects().take_slot(), "slot");
  if (slots_used_ == slots_.size()) give_up("slots", "too many");
  slots_[slots_used_++] = slot;
  return must(abi::untyped_retype(supplies_.arena, type, size_bits, 1, own_table_handle(), slot), abi::name(type));
}

rt::Handle Round::make_in(std::size_t tenant, ObjectType type, std::uint64_t size_bits) {
  const rt::Handle made = make(type, size_bits);
  must(abi::namespace_adopt(tenants_[tenant], made), "adopt");
  return made;
}

// The second below the first, the third below one of them.
void Round::make_namespaces() {
  for (std::size_t i = 0; i < kNamespaces; ++i) {
    tenants_[i] = i == 0 ? make(ObjectType::namespace_) : make_in(random_.below(i), ObjectType::namespace_);
    const std::uint64_t part = i + 1;
    must(abi::namespace_set_limits(tenants_[i], kMemoryLimit / part, kSlotLimit / part, kThreadLimit / part, kNamespaceLimit - i, abi::kNoLimit),
         "limits");
  }
}

// Policies only when all is in place: they would refuse some of it. Nobody reads the rings; members may write to the second.
void Round::set_policies() {
  if (random_.one_in(3)) must(abi::namespace_set_audit(tenants_[0], make(ObjectType::memory, 13), 1 + random_.below(31)), "audit");
  if (random_.one_in(3)) must(abi::namespace_set_audit(tenants_[1], seats_[0].scratch, 1 + random_.below(31)), "audit");
  for (const rt::Handle tenant : std::span(tenants_).subspan(1)) {
    if (random_.one_in(3)) must(abi::namespace_set_policy(tenant, random_.below(0x10000), random_.below(0x10000)), "policy");
  }
}

void Round::make_seat(std::size_t index) {
  Seat& seat = seats_[index];
  seat.tenant = index == 0 ? 0 : random_.below(kNamespaces);
  seat.table = make_in(seat.tenant, ObjectType::cap_table, kTableBits);
  seat.space = make_in(seat.tenant, ObjectType::address_space);
  seat.thread = make_in(seat.tenant, ObjectType::thread);
  seat.budget = make_in(seat.tenant, ObjectType::budget);
  const bool limited = random_.one_in(5);
  must(abi::budget_configure(seat.budget, 0, limited ? kPeriodNs / (2 + random_.below(20)) : kPeriodNs, kPeriodNs), "budget");
  must(abi::address_space_donate(seat.space, make(ObjectType::untyped, 17)), "donate");
  seat.scratch = make(ObjectType::memory, kScratchBits);
  supplies_.crew.furnish(index, seat.space, seat.scratch);
  must(abi::thread_configure(seat.thread, seat.table, seat.space, supplies_.crew.memory(index), kMessagePage * abi::kPageBytes,
                             random_.one_in(40) ? 0 : supplies_.crew.faults().endpoint(index)),
       "configure");
  must(abi::thread_schedule(seat.thread, seat.budget, kPriority + random_.below(kMostPriority - kPriority + 1)), "schedule");
  if (limited && random_.one_in(2)) must(abi::thread_set_timeout(seat.thread, supplies_.crew.faults().endpoint(index)), "timeout");
  if (random_.one_in(3)) return;
  for (rt::Handle& space : seat.guests) make_guest(seat, space);
  must(abi::thread_set_guest_state(seat.thread, supplies_.crew.memory(index), kGuestPage * abi::kPageBytes), "guest state");
}

void Round::make_guest(const Seat& seat, rt::Handle& space) {
  space = make_in(seat.tenant, ObjectType::address_space);
  must(abi::address_space_donate(space, make(ObjectType::untyped, 16)), "donate to a guest");
  must(abi::address_space_bind_host(space, seat.space, random_.below(2)), "host");
  must(abi::address_space_map(space, kGuestPlayground, kScratchAttachment, 0, (1 << kScratchBits) / abi::kPageBytes,
                              abi::kRightRead | abi::kRightExecute),
       "map for a guest");
}

std::uint64_t Round::random_rights() { return random_.one_in(2) ? kAll : random_.below(64); }

void Round::give(std::size_t index, std::uint64_t place, rt::Handle source, ObjectType type, std::uint64_t rights, std::uint64_t badge) {
  if (source == 0) return;
  supplies_.crew.member(index).known[place] = {must(abi::cap_table_copy(seats_[index].table, source, place, rights, badge), "give"), type};
}

void Round::give_gate(std::size_t index, std::uint64_t place, rt::Handle endpoint) {
  const auto gate = abi::cap_table_make_gate(seats_[index].table, endpoint, place, random_.below(8),
                                             random_.one_in(2) ? abi::kAllTypes : random_.below(abi::kAllTypes + 1), random_rights(),
                                             random_.one_in(2) ? 0 : 12 + random_.below(8));
  supplies_.crew.member(index).known[place] = {must(gate, "gate"), ObjectType::endpoint};
}

void Round::give_untyped(std::size_t index, std::uint64_t place) {
  const auto made = abi::untyped_retype(supplies_.arena, ObjectType::untyped, 14 + random_.below(6), 1, seats_[index].table, place);
  supplies_.crew.member(index).known[place] = {must(made, "Untyped for a member"), ObjectType::untyped};
}

// Its own objects always, of the rest by chance.
void Round::hand_out(std::size_t index) {
  Member& member = *std::construct_at(&supplies_.crew.member(index));
  member.random = Random(random_.next());
  member.server = index == 0 || random_.one_in(3);
  member.now_ns = rt::now_ns();
  const Seat& seat = seats_[index];
  give(index, own_table, seat.table, ObjectType::cap_table, kAll);
  member.own = member.known[own_table].handle;
  give(index, own_space, seat.space, ObjectType::address_space, kAll);
  give(index, own_thread, seat.thread, ObjectType::thread, kAll);
  std::uint64_t place = first_loose;
  const auto chance = [&](rt::Handle source, ObjectType type, std::uint64_t rights, std::uint64_t badge = 0) {
    if (!random_.one_in(4)) give(index, place++, source, type, rights, badge);
  };
  for (const rt::Handle one : endpoints_) chance(one, ObjectType::endpoint, random_rights(), random_.below(4));
  for (const rt::Handle one : endpoints_) chance(one, ObjectType::endpoint, kAll);
  chance(replies_[index % replies_.size()], ObjectType::reply, kAll);
  for (const rt::Handle one : notifications_) chance(one, ObjectType::notification, random_rights(), random_.below(4));
  chance(timer_, ObjectType::timer, random_rights());
  chance(seat.scratch, ObjectType::memory, random_rights());
  chance(seat.budget, ObjectType::budget, random_rights());
  for (const rt::Handle one : seat.guests) {
    member.guest_place = place;
    if (one != 0) give(index, place++, one, ObjectType::address_space, kAll);
  }
  const Seat& other = seats_[random_.below(members_)];
  chance(other.thread, ObjectType::thread, random_rights());
  chance(other.table, ObjectType::cap_table, random_rights());
  chance(other.space, ObjectType::address_space, random_rights());
  // Those of the component's own come back with the namespace.
  constexpr std::array kLoans{ObjectType::log, ObjectType::machine, ObjectType::io_ports, ObjectType::interrupt};
  for (std::size_t i = 0; i < kLoans.size(); ++i) {
    // Nobody may do anything with the machine but look, and few may write to the log, which people read.
    const bool may = kLoans[i] == ObjectType::log ? random_.one_in(100) : kLoans[i] != ObjectType::machine;
    chance(supplies_.loans[i], kLoans[i], may ? kAll : 0);
  }
  for (std::size_t i = 0; i < kNamespaces; ++i) {
    const bool below = i > seat.tenant;
    chance(tenants_[i], ObjectType::namespace_, below || self_manage_ ? kAll : abi::kRightRead);
  }
  for (const rt::Handle one : endpoints_) {
    if (random_.one_in(2)) give_gate(index, place++, one);
  }
  give_untyped(index, place++);
  if (random_.one_in(2)) give_untyped(index, place++);
  if (place > kMostPlaces) give_up("places", "too many");
}

void Round::start(std::size_t index) {
  const rt::Handle thread = seats_[index].thread;
  const std::uint64_t entry = rt::address_of(reinterpret_cast<const char*>(&run_member));
  must(abi::thread_set_registers(thread, entry, kStackTop, kMemberAddress, 0), "registers");
  must(abi::thread_resume(thread), "start");
}

// One that stands still is set going again, where that can be: some of what members do
// to each other is for good.
void Round::look_after(std::size_t index) {
  Seat& seat = seats_[index];
  Member& member = supplies_.crew.member(index);
  member.now_ns = rt::now_ns();
  const std::uint64_t seen = seat.seen_calls;
  seat.seen_calls = member.calls;
  if (member.calls != seen) return;
  constexpr std::uint64_t kStopped = 0, kWaiting = 2;
  const std::uint64_t state = must(abi::thread_read_registers(seat.thread), "registers of a member").state;
  const std::uint64_t entry = rt::address_of(reinterpret_cast<const char*>(&run_member));
  if (state == kWaiting && random_.one_in(2)) {
    must(abi::thread_suspend(seat.thread), "suspend");
    (void)abi::thread_resume(seat.thread);
  } else if (state == kStopped) {
    // It faulted, or another stopped it; what it needs may be gone.
    if (random_.one_in(2)) must(abi::thread_set_registers(seat.thread, entry, kStackTop, kMemberAddress, 0), "registers");
    (void)abi::thread_resume(seat.thread);
  } else if (random_.one_in(2)) {
    must(abi::thread_kick(seat.thread), "kick");  // its guest may be in a loop
  } else {
    must(abi::namespace_resume(tenants_[seat.tenant]), "resume");
  }
}

std::uint64_t Round::calls_made() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < members_; ++i) sum += supplies_.crew.member(i).calls;
  return sum;
}

std::uint64_t Round::run(std::uint64_t calls) {
  std::uint64_t made = 0;
  for (unsigned still = 0; still < kPatience;) {
    rt::sleep_until(rt::now_ns() + kLookNs);
    const std::uint64_t now = calls_made();
    still = now == made ? still + 1 : 0;
    made = now;
    if (made >= calls) break;
    for (std::size_t i = 0; i < members_; ++i) look_after(i);
  }
  return made;
}

void Round::check_empty() const {
  const auto left = must(abi::namespace_usage(tenants_.front()), "usage");
  if (left.memory != 0) give_up("after destroy", "memory is still charged");
  if (left.slots != 0) give_up("after destroy", "slots are still charged");
  if (left.threads != 0) give_up("after destroy", "threads are still charged");
  if (left.namespaces != 0) give_up("after destroy", "namespaces are still charged");
  if (left.processor != 0) give_up("after destroy", "processor time is still charged");
}

void Round::end() {
  for (std::size_t i = 0; i < members_; ++i) {
    const Member& member = supplies_.crew.member(i);
    if (member.odd.answered != 0) rt::log("odd answer {:#x} to {:#x}, row {}", member.odd.answered, member.odd.asked, member.odd.row);
    if (member.trespass != 0) {
      rt::log("method {} of the machine", member.trespass);
      give_up("a member", "it did what it has no right to");
    }
  }
  switch (random_.below(5)) {
    case 0: break;  // all at once: the arena is revoked under them
    case 1: must(abi::cap_table_delete(own_table_handle(), tenants_.front()), "delete the namespace"); break;
    case 2: must(abi::namespace_destroy(tenants_.back()), "destroy one below"); [[fallthrough]];
    default:
      must(abi::namespace_destroy(tenants_.front()), "destroy");
      check_empty();
  }
  must(abi::cap_table_revoke(own_table_handle(), supplies_.arena), "revoke the arena");
  const auto info = must(abi::untyped_info(supplies_.arena), "the arena");
  if (info.free_bytes != std::uint64_t{1} << supplies_.arena_bits) give_up("after revoke", "memory of the arena is missing");
  // All of it can be had again.
  must(abi::untyped_retype(supplies_.arena, ObjectType::untyped, supplies_.arena_bits, 1, own_table_handle(), slots_.front()), "the whole arena");
  must(abi::cap_table_revoke(own_table_handle(), supplies_.arena), "revoke the whole arena");
  for (const std::uint64_t slot : std::span(slots_).first(slots_used_)) objects().give_back_slot(slot);
  slots_used_ = 0;
}

void Round::add_to(Tally& total) const {
  for (std::size_t i = 0; i < members_; ++i) {
    const Tally& one = supplies_.crew.member(i).tally;
    for (std::size_t row = 0; row < kRows; ++row) {
      total.made[row] += one.made[row];
      total.worked[row] += one.worked[row];
    }
    total.received += one.received;
    for (std::size_t error = 0; error < kErrors; ++error) total.errors[error] += one.errors[error];
  }
}

}  // namespace tessera::storm
