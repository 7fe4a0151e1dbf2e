// SPDX-License-Identifier: Apache-2.0
// Audit rings: which event goes where, loss, readers that write nonsense; inspect.
#include "kernel/audit/audit.hpp"
#include "kernel/object/derivation.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/tenants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;
using Ns = abi::NamespaceMethod;

namespace {

constexpr std::uint64_t kEverything = 31;

struct Ring {
  Ring(Machine& machine, std::uint64_t space, std::uint64_t events) : m(machine), memory(m.make(ObjectType::memory, 12)) {
    CHECK(m.invoke(space, Ns::set_audit, {memory, events}).ok());
    head = direct<abi::AuditRing>(PhysAddr{m.slot(memory).object});
  }
  [[nodiscard]] const abi::AuditRecord& at(std::uint64_t number) const {
    return direct_span<abi::AuditRecord>(physical(head), 64)[1 + number % head->capacity];
  }
  [[nodiscard]] const abi::AuditRecord& last() const { return at(head->written - 1); }
  [[nodiscard]] unsigned count(std::uint64_t event) const {
    unsigned found = 0;
    for (std::uint64_t i = 0; i < head->written; ++i) found += at(i).event == event ? 1 : 0;
    return found;
  }
  Machine& m;
  std::uint64_t memory;
  abi::AuditRing* head = nullptr;
};

}  // namespace

TEST(audit_records_what_happens) {
  Machine m;
  Tenants t(m);
  const std::uint64_t untyped = m.invoke(t.a.table_cap, Cap::move, {m.make(ObjectType::untyped, 14), 20}).words[0];
  Ring ring(m, t.a.space_cap, kEverything & ~std::uint64_t{abi::kAuditUse});
  CHECK_EQ(ring.head->capacity, 63);
  const auto by_a = [&](std::uint64_t handle, auto method, Words words) {
    return m.call(*t.a.thread, abi::Call::invoke, handle, words, static_cast<std::uint32_t>(method));
  };
  CHECK(by_a(untyped, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(ObjectType::endpoint), 0, 3, t.a.own_table, 21}).ok());
  CHECK_EQ(ring.head->written, 1);
  CHECK_EQ(ring.last().event, abi::kAuditCreate);
  CHECK_EQ(ring.last().actor, t.a.space->serial);
  CHECK_EQ(ring.last().thread, physical(t.a.thread).value / 64);
  CHECK_EQ(ring.last().object, physical(t.a.table->slot(21)->as<Endpoint>()).value / 64);
  CHECK_EQ(ring.last().badge, 3);
  CHECK_EQ(ring.last().type, static_cast<std::uint8_t>(ObjectType::endpoint));
  // Out of it, by the ancestor's hand: the tenant hears of that.
  CHECK(m.invoke(m.table_cap, Cap::copy, {path(t.a.table_cap, t.a.handle(21)), m.free_slot(), kAllRights, 0}).ok());
  CHECK_EQ(ring.last().event, abi::kAuditDelegate);
  CHECK_EQ(ring.last().actor, m.root().serial);
  CHECK_EQ(ring.last().other, m.root().serial);
  // Refused.
  const std::uint64_t table_b = m.invoke(t.a.table_cap, Cap::copy, {t.b.table_cap, 30, kAllRights, 0}).words[0];
  Ring ring_b(m, t.b.space_cap, kEverything);
  CHECK_EQ(by_a(table_b, Cap::copy, {t.a.handle(21), 30, kAllRights, 0}).error, Error::denied);
  CHECK_EQ(ring.last().event, abi::kAuditDenied);
  CHECK_EQ(ring.last().error, static_cast<std::uint8_t>(Error::denied));
  CHECK_EQ(ring_b.last().event, abi::kAuditDenied);
  CHECK_EQ(ring_b.last().actor, t.a.space->serial);
  CHECK_EQ(ring_b.last().other, t.a.space->serial);
  // Its own delete is one record; what another takes is one each.
  CHECK(by_a(t.a.own_table, Cap::delete_, {t.a.handle(23)}).ok());
  CHECK_EQ(ring.count(abi::kAuditRevoke), 1);
  CHECK(m.invoke(t.a.table_cap, Cap::revoke, {untyped}).ok());
  CHECK_EQ(ring.count(abi::kAuditRevoke), 3);
  CHECK_EQ(ring.last().actor, m.root().serial);
  for (std::uint64_t i = 0; i < ring.head->written; ++i) CHECK_EQ(ring.at(i).sequence, i);
  check_invariants(m);
}

// A message is delivered without the capability that may not pass: the sender's call succeeds, and yet its ring has it.
// What a Timer is bound to goes to where its capability is.
TEST(audit_of_what_a_timer_is_bound_to) {
  Machine m;
  Tenants t(m);
  const std::uint64_t timer = m.invoke(t.a.table_cap, Cap::move, {m.make(ObjectType::timer), 20}).words[0];
  Ring ring(m, t.a.space_cap, kEverything);
  CHECK(m.invoke(path(t.a.table_cap, timer), abi::TimerMethod::bind, {m.make(ObjectType::notification)}).ok());
  CHECK_EQ(ring.last().event, abi::kAuditDelegate);
  CHECK_EQ(ring.last().actor, m.root().serial);
  CHECK_EQ(ring.last().type, static_cast<std::uint8_t>(ObjectType::notification));
}

TEST(audit_of_what_a_message_was_denied) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  const std::uint64_t in_a = m.invoke(t.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 0}).words[0];
  const std::uint64_t in_b = m.invoke(t.b.table_cap, Cap::copy, {endpoint, 20, kAllRights, 0}).words[0];
  const std::uint64_t page = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::memory, 12), 21, kAllRights, 0}).words[0];
  Ring ring_a(m, t.a.space_cap, abi::kAuditDenied), ring_b(m, t.b.space_cap, abi::kAuditDenied);
  t.a.thread->message->send_caps[0] = page;
  t.b.thread->message->receive_slots[0] = 30;
  CHECK(m.call(*t.b.thread, abi::Call::wait, in_b).blocked());
  CHECK(m.call(*t.a.thread, abi::Call::send, in_a, {}, 0, 0, 1).ok());
  CHECK(t.b.table->slot(30)->empty());
  for (const Ring* ring : {&ring_a, &ring_b}) {
    CHECK_EQ(ring->head->written, 1);
    CHECK_EQ(ring->last().actor, t.a.space->serial);
    CHECK_EQ(ring->last().type, static_cast<std::uint8_t>(ObjectType::memory));
    CHECK_EQ(ring->last().error, static_cast<std::uint8_t>(Error::denied));
  }
  CHECK_EQ(ring_a.last().other, t.b.space->serial);
  CHECK_EQ(ring_b.last().other, t.a.space->serial);
  // To wait without the right to is refused, too.
  const std::uint64_t deaf = m.invoke(t.a.table_cap, Cap::copy, {endpoint, 22, abi::kRightWrite, 0}).words[0];
  CHECK_EQ(m.call(*t.a.thread, abi::Call::wait, deaf).error, Error::no_right);
  CHECK_EQ(ring_a.head->written, 2);
  CHECK_EQ(ring_a.last().error, static_cast<std::uint8_t>(Error::no_right));
  check_invariants(m);
}

TEST(audit_of_uses_on_every_path) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint), reply = m.make(ObjectType::reply), bell = m.make(ObjectType::notification);
  const std::uint64_t in_a = m.invoke(t.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 9}).words[0];
  const std::uint64_t bell_a = m.invoke(t.a.table_cap, Cap::copy, {bell, 21, kAllRights, 9}).words[0];
  Ring ring(m, t.a.space_cap, abi::kAuditUse);
  CHECK(t.a.thread->audits(Event::use) && t.b.thread->audited == 0);
  CHECK(m.call(m.thread(1), abi::Call::wait, endpoint, {}, 0, reply).blocked());
  CHECK(m.call(*t.a.thread, abi::Call::call, in_a, {1}).blocked());  // fast
  CHECK_EQ(ring.head->written, 1);
  CHECK_EQ(ring.last().event, abi::kAuditUse);
  CHECK_EQ(ring.last().object, physical(m.slot(endpoint).as<Endpoint>()).value / 64);
  CHECK(m.call(m.thread(1), abi::Call::reply, 0, {}, 0, reply).ok());
  CHECK(m.call(*t.a.thread, abi::Call::send, in_a, {}).blocked());
  CHECK(m.call(m.thread(1), abi::Call::wait, endpoint, {}).ok());
  CHECK(m.call(*t.a.thread, abi::Call::notify, bell_a, {}).ok());
  CHECK(m.call(*t.a.thread, abi::Call::invoke, bell_a, {}, static_cast<std::uint32_t>(abi::NotificationMethod::poll)).ok());
  CHECK_EQ(ring.head->written, 4);
  CHECK_EQ(ring.last().type, static_cast<std::uint8_t>(ObjectType::notification));
  // Off again.
  CHECK(m.invoke(t.a.space_cap, Ns::set_audit, {0, 0}).ok());
  CHECK_EQ(t.a.thread->audited, 0);
  CHECK(m.call(*t.a.thread, abi::Call::notify, bell_a, {}).ok());
  CHECK_EQ(ring.head->written, 4);
}

TEST(a_full_ring_loses_the_newest_and_says_so) {
  Machine m;
  Tenants t(m);
  const std::uint64_t bell = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::notification), 20, kAllRights, 0}).words[0];
  Ring ring(m, t.a.space_cap, abi::kAuditUse);
  const auto ring_bell = [&](unsigned times) {
    for (unsigned i = 0; i < times; ++i) CHECK(m.call(*t.a.thread, abi::Call::notify, bell, {}).ok());
  };
  ring_bell(70);
  CHECK_EQ(ring.head->written, 63);
  CHECK_EQ(ring.head->lost, 7);
  ring.head->read = 10;
  ring_bell(2);
  CHECK_EQ(ring.head->written, 65);
  CHECK_EQ(ring.at(63).lost, 7);
  CHECK_EQ(ring.at(64).lost, 0);
  CHECK_EQ(ring.at(64).sequence, 64);
  // A reader that is ahead of the writer, seen when the ring would be full, and one that spoils what is not its own.
  ring.head->read = 1'000'000;
  ring_bell(8);
  CHECK_EQ(ring.head->written, 73);
  ring_bell(1);
  CHECK_EQ(ring.head->lost, 8);
  ring.head->written = 12345;
  ring.head->capacity = ~std::uint64_t{0};
  ring.head->read = 65;
  ring_bell(1);
  CHECK_EQ(ring.head->written, 74);
}

TEST(set_audit_errors) {
  Machine m;
  Tenants t(m);
  const std::uint64_t memory = m.make(ObjectType::memory, 12);
  const auto set = [&](std::uint64_t of, std::uint64_t events) { return m.invoke(t.a.space_cap, Ns::set_audit, {of, events}).error; };
  CHECK_EQ(set(memory, 64), Error::bad_argument);
  CHECK_EQ(set(t.a.table_cap, 1), Error::wrong_type);
  CHECK_EQ(set(m.copy(memory, abi::kRightRead), 1), Error::no_right);
  const Outcome device = m.invoke(m.machine_cap, abi::MachineMethod::make_device_memory, {0xfe00'0000, 12, m.table_cap, m.free_slot()});
  CHECK_EQ(set(device.words[0], 1), Error::bad_argument);
  // Not by itself, even with the capability.
  const std::uint64_t own = m.invoke(t.a.table_cap, Cap::copy, {t.a.space_cap, 20, kAllRights, 0}).words[0];
  const std::uint64_t page = m.invoke(t.a.table_cap, Cap::copy, {memory, 21, kAllRights, 0}).words[0];
  CHECK_EQ(m.call(*t.a.thread, abi::Call::invoke, own, {page, 1}, static_cast<std::uint32_t>(Ns::set_audit)).error, Error::denied);
  // Revoking the memory ends the audit.
  CHECK_EQ(set(memory, abi::kAuditUse), Error::ok);
  m.revoke(memory);
  CHECK_EQ(t.a.space->trail.events(), 0);
  CHECK(m.call(*t.a.thread, abi::Call::invoke, own, {}, static_cast<std::uint32_t>(Ns::usage)).ok());
  check_invariants(m);
}

TEST(one_above_says_something) {
  Machine m;
  Tenants t(m);
  const auto note = [&](std::uint64_t space, const Words& words) { return m.invoke(space, Ns::note, words).error; };
  const auto about = static_cast<std::uint64_t>(ObjectType::memory), how = static_cast<std::uint64_t>(Error::over_limit);
  // Without a ring nothing happens; with one that does not want it, neither.
  CHECK_EQ(note(t.a.space_cap, {about, how, 7, 8}), Error::ok);
  {
    Ring ring(m, t.a.space_cap, abi::kAuditCreate);
    CHECK_EQ(note(t.a.space_cap, {about, how, 7, 8}), Error::ok);
    CHECK_EQ(ring.head->written, 0);
  }
  Ring ring(m, t.a.space_cap, abi::kAuditNote);
  CHECK_EQ(note(t.a.space_cap, {about, how, 7, 8}), Error::ok);
  CHECK_EQ(ring.head->written, 1);
  const abi::AuditRecord& record = ring.last();
  CHECK_EQ(record.event, abi::kAuditNote);
  CHECK_EQ(record.type, about);
  CHECK_EQ(record.error, how);
  CHECK_EQ(record.object, 7);
  CHECK_EQ(record.badge, 8);
  CHECK_EQ(record.actor, m.root().serial);
  CHECK_EQ(note(t.a.space_cap, {256, how, 7, 8}), Error::bad_argument);
  CHECK_EQ(note(t.a.space_cap, {about, 256, 7, 8}), Error::bad_argument);
  // Not without the right, and not by itself, even with the capability.
  CHECK_EQ(note(m.copy(t.a.space_cap, abi::kRightRead), {about, how, 7, 8}), Error::no_right);
  const std::uint64_t own = m.invoke(t.a.table_cap, Cap::copy, {t.a.space_cap, 20, kAllRights, 0}).words[0];
  CHECK_EQ(m.call(*t.a.thread, abi::Call::invoke, own, {about, how, 7, 8}, static_cast<std::uint32_t>(Ns::note)).error, Error::denied);
  CHECK_EQ(ring.count(abi::kAuditNote), 1);
  // A full ring loses it, as any other record.
  for (unsigned i = 0; i < 70; ++i) CHECK_EQ(note(t.a.space_cap, {about, how, i, 0}), Error::ok);
  CHECK_EQ(ring.head->written, ring.head->capacity);
  CHECK_EQ(ring.head->lost, 71 - ring.head->capacity);
  check_invariants(m);
}

TEST(the_root_audits_itself) {
  Machine m;
  Ring ring(m, m.namespace_cap, kEverything & ~std::uint64_t{abi::kAuditUse});
  const std::uint64_t before = ring.head->written;
  const std::uint64_t pool = m.make(ObjectType::untyped, 14);
  CHECK_EQ(ring.last().object, m.slot(pool).object / 64);
  const std::uint64_t untyped = m.make(ObjectType::memory, 12, 1, pool);
  CHECK_EQ(ring.last().object, m.slot(untyped).object / 64);
  m.remove(m.copy(m.log_cap));  // no object of the nucleus': its identity is 0
  CHECK_EQ(ring.last().event, abi::kAuditRevoke);
  CHECK_EQ(ring.last().object, 0);
  CHECK_EQ(ring.head->written, before + 3);
  m.revoke(ring.memory);
  CHECK(m.root().ring.empty());
  check_invariants(m);
}

TEST(audit_of_what_is_refused_and_of_what_takes_long) {
  Machine m;
  Tenants t(m);
  const std::uint64_t untyped = m.invoke(t.a.table_cap, Cap::move, {m.make(ObjectType::untyped, 15), 20}).words[0];
  const std::uint64_t weak = m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::notification), 21, abi::kRightWrite, 0}).words[0];
  const std::uint64_t thread = m.invoke(t.a.table_cap, Cap::move, {t.a.thread_cap, 22}).words[0];
  CHECK(m.invoke(t.a.space_cap, Ns::set_limits, {abi::kNoLimit, abi::kNoLimit, 1, abi::kNoLimit, abi::kNoLimit}).ok());
  Ring ring(m, t.a.space_cap, abi::kAuditDenied | abi::kAuditUse);
  const auto by_a = [&](std::uint64_t handle, auto method, Words words) {
    return m.call(*t.a.thread, abi::Call::invoke, handle, words, static_cast<std::uint32_t>(method));
  };
  const auto recorded = [&](std::uint64_t number, Error error) {
    CHECK_EQ(ring.head->written, number);
    CHECK_EQ(ring.at(number - 2).event, abi::kAuditDenied);
    CHECK_EQ(ring.at(number - 1).event, abi::kAuditUse);
    for (const std::uint64_t at : {number - 2, number - 1}) CHECK_EQ(ring.at(at).error, static_cast<std::uint8_t>(error));
  };
  CHECK_EQ(by_a(weak, abi::NotificationMethod::poll, {}).error, Error::no_right);
  recorded(2, Error::no_right);
  CHECK_EQ(by_a(untyped, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(ObjectType::thread), 0, 1, t.a.own_table, 30}).error,
           Error::over_limit);
  recorded(4, Error::over_limit);
  // Made again after each preemption, recorded once.
  CHECK(by_a(untyped, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(ObjectType::endpoint), 0, 20, t.a.own_table, 30}).ok());
  CHECK_EQ(ring.head->written, 5);
  arch::hosted::interrupt_at_preemption(10);
  CHECK(by_a(t.a.own_table, Cap::revoke, {untyped}).ok());
  arch::hosted::interrupt_at_preemption(0);
  CHECK_EQ(ring.head->written, 6);
  // Whoever ends by its own call is gone when that would be recorded.
  CHECK(by_a(t.a.own_table, Cap::delete_, {thread}).blocked());
  CHECK_EQ(ring.head->written, 6);
  check_invariants(m);
}

// Threads learn of it later: what one does on the fast path meanwhile is not recorded.
TEST(a_ring_that_is_gone_while_threads_still_record) {
  Machine m;
  Tenants t(m);
  const std::uint64_t endpoint = m.make(ObjectType::endpoint), reply = m.make(ObjectType::reply);
  const std::uint64_t in_a = m.invoke(t.a.table_cap, Cap::copy, {endpoint, 20, kAllRights, 9}).words[0];
  Ring ring(m, t.a.space_cap, abi::kAuditUse);
  m.revoke(ring.memory);
  CHECK_EQ(t.a.thread->audited, abi::kAuditUse);
  CHECK(m.call(m.thread(1), abi::Call::wait, endpoint, {}, 0, reply).blocked());
  CHECK(m.call(*t.a.thread, abi::Call::call, in_a, {1}).blocked());
  CHECK_EQ(ring.head->written, 0);
}

TEST(a_namespace_ends_with_its_ring) {
  Machine m;
  Tenants t(m);
  Ring ring(m, t.a.space_cap, kEverything);
  m.remove(t.a.space_cap);
  CHECK(first_child(m.slot(ring.memory)) == nullptr);
  check_invariants(m);
}

// The nucleus goes on with what nobody came back for while no thread runs: no one did it.
TEST(losses_in_the_background_have_no_actor) {
  Machine m;
  Tenants t(m);
  // B has copies of what A holds; A is destroyed.
  for (std::uint64_t i = 20; i < 50; ++i) {
    CHECK(m.invoke(t.a.table_cap, Cap::copy, {m.log_cap, i, kAllRights, 0}).ok());
    CHECK(m.invoke(t.b.table_cap, Cap::copy, {path(t.a.table_cap, t.a.handle(i)), i, kAllRights, 0}).ok());
  }
  Ring ring(m, t.b.space_cap, abi::kAuditRevoke);
  arch::hosted::interrupt_at_preemption(1);
  CHECK(m.enter(m.thread(1), abi::Call::invoke, t.a.space_cap, {}, 0, static_cast<std::uint32_t>(Ns::destroy), 0, 0));
  arch::hosted::interrupt_at_preemption(0);
  CHECK(m.invoke(m.thread_caps[1], abi::ThreadMethod::suspend).ok());
  const std::uint64_t bell = m.make(ObjectType::notification);
  for (unsigned i = 0; i < 1000 && t.a.space->ending; ++i) {
    CHECK(m.call(m.thread(2), abi::Call::wait, bell).blocked());
    CHECK(m.call(m.thread(3), abi::Call::notify, bell).ok());
  }
  CHECK_EQ(ring.count(abi::kAuditRevoke), 30);
  unsigned alone = 0;
  for (std::uint64_t i = 0; i < ring.head->written; ++i) alone += ring.at(i).thread == 0 && ring.at(i).actor == 0 ? 1 : 0;
  CHECK(alone > 0);
}

TEST(set_audit_is_preempted_and_finished) {
  Machine m;
  Tenants t(m);
  const std::uint64_t threads = m.make(ObjectType::thread, 0, 50);
  for (unsigned i = 0; i < 50; ++i) CHECK(m.invoke(t.a.space_cap, Ns::adopt, {threads + i}).ok());
  arch::hosted::interrupt_at_preemption(20);
  Ring ring(m, t.a.space_cap, abi::kAuditUse);
  arch::hosted::interrupt_at_preemption(0);
  for (unsigned i = 0; i < 50; ++i) CHECK_EQ(m.slot(threads + i).as<Thread>()->audited, abi::kAuditUse);
}

TEST(inspect_of_many_tables_in_steps) {
  Machine m;
  Tenants t(m);
  const std::uint64_t tables = m.make(ObjectType::cap_table, 2, 250), more = m.make(ObjectType::cap_table, 2, 250);
  for (unsigned i = 0; i < 250; ++i) {
    for (const std::uint64_t first : {tables, more}) CHECK(m.invoke(t.a.space_cap, Ns::adopt, {first + i}).ok());
  }
  CHECK(m.invoke(more + 249, Cap::copy, {m.log_cap, 3, kAllRights, 0}).ok());
  arch::hosted::interrupt_at_preemption(1);
  const Outcome last = m.invoke(t.a.space_cap, Ns::inspect, {std::uint64_t{500} << 32 | 2});
  arch::hosted::interrupt_at_preemption(0);
  CHECK_EQ(last.words[1], static_cast<std::uint64_t>(ObjectType::log));
  CHECK_EQ(last.words[7], 3);
}

TEST(inspect_lists_the_tables) {
  Machine m;
  Tenants t(m);
  CHECK(m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::memory, 14), 40, abi::kRightRead, 0}).ok());
  CHECK(m.invoke(t.a.table_cap, Cap::copy, {m.make(ObjectType::endpoint), 63, abi::kRightRead, 77}).ok());
  const std::uint64_t big = m.make(ObjectType::cap_table, 10);
  CHECK(m.invoke(t.a.space_cap, Ns::adopt, {big}).ok());
  CHECK(m.invoke(big, Cap::copy, {t.b.space_cap, 1000, abi::kRightRead, 0}).ok());
  std::vector<Outcome> found;
  std::uint64_t cursor = 0;
  unsigned calls = 0;
  do {
    const Outcome step = m.invoke(t.a.space_cap, Ns::inspect, {cursor});
    CHECK(step.ok());
    if (step.words[1] != 0) found.push_back(step);
    cursor = step.words[0];
  } while (cursor != 0 && ++calls < 100);
  CHECK_EQ(found.size(), 4);
  if (found.size() != 4) return;
  CHECK_EQ(found[0].words[7], 10);  // the table itself
  CHECK_EQ(found[0].words[4], found[0].words[6]);
  CHECK_EQ(found[1].words[5], 1 << 14);
  CHECK_EQ(found[1].words[2], abi::kRightRead);
  CHECK_EQ(found[2].words[3], 77);
  CHECK_EQ(found[3].words[1], static_cast<std::uint64_t>(ObjectType::namespace_));
  CHECK_EQ(found[3].words[4], t.b.space->serial);
  for (const std::uint64_t nonsense : {~std::uint64_t{0}, std::uint64_t{5} << 32, std::uint64_t{0xffff'ffff}}) {
    CHECK(m.invoke(t.a.space_cap, Ns::inspect, {nonsense}).ok());
  }
  CHECK_EQ(m.invoke(m.copy(t.a.space_cap, abi::kRightWrite), Ns::inspect, {0}).error, Error::no_right);
}

}  // namespace tessera::nucleus::test
