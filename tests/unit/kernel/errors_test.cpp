// SPDX-License-Identifier: Apache-2.0
// Every error of the interface, by the shortest way to it. The switch has a case for
// each: an error that nothing returns any more, or that nobody tests, does not pass.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/tenants.hpp"

namespace tessera::nucleus::test {

using Cap = abi::CapTableMethod;
using Ns = abi::NamespaceMethod;
using Space = abi::AddressSpaceMethod;

static Error retype(Machine& m, ObjectType type, std::uint64_t bits, std::uint64_t count, std::uint64_t at) {
  return m.invoke(m.untyped_cap, abi::UntypedMethod::retype, {static_cast<std::uint64_t>(type), bits, count, m.table_cap, at}).error;
}

static Error map(Machine& m, std::uint64_t space, std::uint64_t number, unsigned times) {
  Error last = Error::ok;
  for (unsigned i = 0; i < times; ++i) last = m.invoke(space, Space::map, {0x4000'0000, number, 0, 1, abi::kRightRead}).error;
  return last;
}

static Error too_deep(Machine& m) {
  std::uint64_t deepest = m.namespace_cap;
  Error last = Error::ok;
  for (unsigned depth = 1; depth <= abi::kNamespaceDepth; ++depth) {
    const std::uint64_t inner = m.make(ObjectType::namespace_);
    last = m.invoke(deepest, Ns::adopt, {inner}).error;
    deepest = inner;
  }
  return last;
}

static Error timed_out(Machine& m) {
  const Outcome waits = m.call(m.thread(1), abi::Call::wait, m.make(ObjectType::notification), {0, 5000});
  CHECK(waits.blocked());
  arch::hosted::advance(5000);
  return read_outcome(m.thread(1)).error;
}

static Error cancelled(Machine& m) {
  const std::uint64_t endpoint = m.make(ObjectType::endpoint);
  CHECK(m.call(m.thread(1), abi::Call::call, endpoint).blocked());
  m.remove(endpoint);
  return read_outcome(m.thread(1)).error;
}

static Error denied(Machine& m) {
  Tenants t(m);
  const std::uint64_t into_b = m.invoke(t.a.table_cap, Cap::copy, {t.b.table_cap, 20, kAllRights, 0}).words[0];
  return m.call(*t.a.thread, abi::Call::invoke, into_b, {t.a.own_table, 30, kAllRights, 0}, static_cast<std::uint32_t>(Cap::copy)).error;
}

static Error over_limit(Machine& m) {
  CHECK(m.invoke(m.namespace_cap, Ns::set_limits, {abi::kNoLimit, abi::kNoLimit, 0, abi::kNoLimit, abi::kNoLimit}).ok());
  return retype(m, ObjectType::thread, 0, 1, m.free_slot());
}

static Error provoke(Machine& m, Error error) {
  const auto page = [&] { return m.make(ObjectType::memory, 12); };
  const auto attached = [&](std::uint64_t space) { return m.invoke(space, Space::attach, {page(), 0xff}).words[0]; };
  switch (error) {
    case Error::ok: return m.invoke(m.untyped_cap, abi::UntypedMethod::info).error;
    case Error::bad_call: return m.invoke(m.untyped_cap, 99).error;
    case Error::empty_slot: return m.invoke(m.free_slot(), 1).error;
    case Error::stale_handle: {
      const std::uint64_t gone = page();
      m.remove(gone);
      return m.invoke(gone, abi::MemoryMethod::info).error;
    }
    case Error::bad_path: return m.invoke(m.table().size(), 1).error;
    case Error::wrong_type: return m.call(m.thread(0), abi::Call::call, m.untyped_cap).error;
    case Error::no_right: return m.invoke(m.copy(m.table_cap, abi::kRightRead), Cap::copy, {m.log_cap, m.free_slot(), 0, 0}).error;
    case Error::bad_argument: return retype(m, ObjectType::endpoint, 0, 0, m.free_slot());
    case Error::misaligned: return m.invoke(m.table_cap, Cap::mint, {page(), m.free_slot(), kAllRights, 0, 1, 4096, 1}).error;
    case Error::no_memory: return retype(m, ObjectType::memory, 40, 1, m.free_slot());
    case Error::slot_occupied: return retype(m, ObjectType::endpoint, 0, 1, m.log_cap & 0xffff);
    case Error::already_mapped: return map(m, m.space_cap, attached(m.space_cap), 2);
    case Error::no_page_tables: {
      const std::uint64_t space = m.make(ObjectType::address_space);
      return map(m, space, attached(space), 1);
    }
    case Error::no_attachment: return map(m, m.space_cap, 5, 1);
    case Error::busy: return m.invoke(m.thread_caps[1], abi::ThreadMethod::resume).error;
    case Error::cancelled: return cancelled(m);
    case Error::would_block: return m.call(m.thread(0), abi::Call::reply, 0, {}, 0, m.make(ObjectType::reply)).error;
    case Error::timed_out: return timed_out(m);
    case Error::not_configured: return m.invoke(m.make(ObjectType::thread), abi::ThreadMethod::resume).error;
    case Error::unsupported: return m.call(m.thread(0), abi::Call::submit, 0).error;
    case Error::overlap:
      return m.invoke(m.machine_cap, abi::MachineMethod::make_device_memory, {0xfee0'0000, 12, m.table_cap, m.free_slot()}).error;
    case Error::has_children: {
      const std::uint64_t pool = m.make(ObjectType::untyped, 13);
      (void)m.make(ObjectType::endpoint, 0, 1, pool);
      return m.invoke(m.space_cap, Space::donate, {pool}).error;
    }
    case Error::too_deep: return too_deep(m);
    case Error::denied: return denied(m);
    case Error::over_limit: return over_limit(m);
  }
  return Error::ok;
}

TEST(every_error_can_be_had) {
  unsigned known = 0;
  for (unsigned number = 0; number < 64; ++number) {
    const auto error = static_cast<Error>(number);
    Machine m({.untyped_bits = 20});
    const Error got = provoke(m, error);
    if (got == Error::ok && error != Error::ok) continue;  // no such error
    CHECK_EQ(got, error);
    ++known;
  }
  CHECK_EQ(known, 25);
}

}  // namespace tessera::nucleus::test
