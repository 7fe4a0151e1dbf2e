// SPDX-License-Identifier: Apache-2.0
// What threads on two cores do to each other, step by step: each side waits in user mode
// for the other, and nothing depends on who is quicker.
#include <atomic>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/cores/host.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

using arch::hosted::user_mode;

static constexpr unsigned kTimes = 200;

template <typename Condition>
static void until(Condition condition) {
  while (!condition()) user_mode();
}

TEST(calls_cross_cores) {
  World w(2);
  const std::uint64_t endpoint = w.m.make(ObjectType::endpoint), reply = w.m.make(ObjectType::reply);
  Thread& client = *w.make_thread(w.budgets[0]).thread;
  Thread& server = *w.make_thread(w.budgets[1]).thread;
  w.set_up();
  // The server comes to the caller's core with the call, and goes home when it has answered.
  std::atomic<unsigned> answered = 0;
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            await(client);
            start(client, abi::Call::call, endpoint, std::array{std::uint64_t{i}});
            until([&] { return this_core().current() == &server || this_core().current() == &client; });
            if (this_core().current() == &server) {
              CHECK_EQ(read_outcome(server).words[0], i);
              start(server, abi::Call::reply_wait, endpoint, std::array{std::uint64_t{i} * 2}, 0, reply);
            }
            do await(client);
            while (start_again(client));
            CHECK(read_outcome(client).ok());
            CHECK_EQ(read_outcome(client).words[0], i * 2);
            ++answered;
          }
        },
        [&] {
          await(server);
          start(server, abi::Call::wait, endpoint, {}, 0, reply);
          until([&] {
            if (this_core().current() == &server) (void)start_again(server);
            return answered == kTimes;
          });
        }});
  check_invariants(w.m);
}

// A thread of the first core and one of the second notify each other in turn.
static void exchange(World& w, Thread& a, Thread& b, std::uint64_t ping, std::uint64_t pong) {
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            CHECK(call(a, abi::Call::notify, ping).ok());
            CHECK(call(a, abi::Call::wait, pong).ok());
          }
        },
        [&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            CHECK(call(b, abi::Call::wait, ping).ok());
            CHECK(call(b, abi::Call::notify, pong).ok());
          }
        }});
  check_invariants(w.m);
}

TEST(notifications_cross_cores) {
  World w(2);
  const std::uint64_t ping = w.m.make(ObjectType::notification), pong = w.m.make(ObjectType::notification);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  Thread& b = *w.make_thread(w.budgets[1]).thread;
  w.set_up();
  exchange(w, a, b, ping, pong);
}

// A core whose threads all wait sleeps until another wakes it.
TEST(sleeping_core_is_woken) {
  World w(2);
  const std::uint64_t ping = w.m.make(ObjectType::notification), pong = w.m.make(ObjectType::notification);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  w.set_up();
  Thread& b = *w.keepers[1];
  exchange(w, a, b, ping, pong);
}

// Plays a thread that makes short calls: each is made once, whatever is done to the thread meanwhile.
static void be_seen(Thread& thread, std::atomic<unsigned>& seen, const std::atomic<bool>& over) {
  until([&] {
    if (this_core().current() != &thread) return over.load();
    ++seen;
    CHECK(arch::current_root() == thread.space->host_root());
    if (start_again(thread)) return false;
    CHECK_EQ(thread.frame.tag(), 0);
    if (seen % 4 == 0) start(thread, abi::Call::yield, 0);
    return over.load();
  });
}
static void see_again(const std::atomic<unsigned>& seen) {
  const unsigned before = seen;
  until([&] { return seen != before; });
}

TEST(thread_that_runs_elsewhere_is_suspended) {
  World w(2);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  const World::Made victim = w.make_thread(w.budgets[1]);
  w.set_up();
  std::atomic<unsigned> seen = 0;
  std::atomic<bool> over = false;
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            see_again(seen);
            CHECK(invoke(a, victim.cap, abi::ThreadMethod::suspend).ok());
            const Outcome state = invoke(a, victim.cap, abi::ThreadMethod::read_registers);
            CHECK(state.ok());
            CHECK_EQ(state.words[6], 0);
            const unsigned stood = seen;
            CHECK_EQ(invoke(a, victim.cap, abi::ThreadMethod::read_registers).words[7], state.words[7]);
            CHECK_EQ(seen.load(), stood);
            CHECK(invoke(a, victim.cap, abi::ThreadMethod::resume).ok());
          }
          over = true;
        },
        [&] { be_seen(*victim.thread, seen, over); }});
  check_invariants(w.m);
}

TEST(running_thread_is_moved) {
  World w(2);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  const World::Made traveller = w.make_thread(w.budgets[1]);
  w.set_up();
  std::atomic<unsigned> there = 0;
  std::atomic<bool> over = false;
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            see_again(there);
            CHECK(invoke(a, traveller.cap, abi::ThreadMethod::schedule, {w.budgets[0], World::kPriority}).ok());
            until([&] {
              if (this_core().current() == &a) start(a, abi::Call::yield, 0);
              return this_core().current() == traveller.thread;
            });
            CHECK_EQ(traveller.thread->core, 0);
            (void)start_again(*traveller.thread);
            CHECK(invoke(a, traveller.cap, abi::ThreadMethod::schedule, {w.budgets[1], World::kPriority}).ok());
          }
          over = true;
        },
        [&] { be_seen(*traveller.thread, there, over); }});
  check_invariants(w.m);
}

// The other core's client and server use the capability on the fast path until it is gone.
TEST(capability_of_another_fast_path_is_revoked) {
  World w(2);
  const std::uint64_t endpoint = w.m.make(ObjectType::endpoint), reply = w.m.make(ObjectType::reply), index = w.m.free_slot();
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  Thread& client = *w.make_thread(w.budgets[1]).thread;
  Thread& server = *w.make_thread(w.budgets[1]).thread;
  w.set_up();
  std::atomic<unsigned> answered = 0, refused = 0;
  std::atomic<bool> over = false;
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            CHECK(invoke(a, w.m.table_cap, abi::CapTableMethod::copy, {endpoint, index, kAllRights, 7}).ok());
            see_again(answered);
            CHECK(invoke(a, w.m.table_cap, abi::CapTableMethod::revoke, {endpoint}).ok());
            see_again(refused);
          }
          over = true;
        },
        [&] {
          await(server);
          start(server, abi::Call::wait, endpoint, {}, 0, reply);
          until([&] {
            if (this_core().current() == &server) {
              if (start_again(server)) return false;
              CHECK(read_outcome(server).ok());
              start(server, abi::Call::reply_wait, endpoint, std::array{std::uint64_t{5}}, 0, reply);
            } else if (this_core().current() == &client) {
              if (start_again(client)) return false;
              const Outcome last = read_outcome(client);
              if (client.frame.reply_register == 1) {  // a call that was made
                if (last.ok()) {
                  CHECK_EQ(last.words[0], 5);
                  ++answered;
                } else {
                  CHECK(last.error == Error::stale_handle || last.error == Error::empty_slot || last.error == Error::cancelled);
                  ++refused;
                }
              }
              start(client, abi::Call::call, peek(w.m.table(), index), std::array{std::uint64_t{4}}, 0, 1);
            }
            return over.load();
          });
        }});
  check_invariants(w.m);
}

TEST(space_of_a_thread_that_runs_elsewhere_ends) {
  World w(2);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  const std::uint64_t memory = w.m.make(ObjectType::untyped, 16), index = w.m.free_slot();
  const std::uint64_t spare = w.m.make(ObjectType::address_space);
  const World::Made victim = w.make_thread(w.budgets[1], World::kPriority, spare);
  w.set_up();
  std::atomic<unsigned> seen = 0;
  std::atomic<bool> over = false;
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            CHECK(invoke(a, victim.cap, abi::ThreadMethod::suspend).ok());
            const Outcome made = invoke(a, memory, abi::UntypedMethod::retype,
                                        {static_cast<std::uint64_t>(ObjectType::address_space), 0, 1, w.m.table_cap, index});
            CHECK(made.ok());
            CHECK(invoke(a, victim.cap, abi::ThreadMethod::configure, {0, made.words[0], 0, 0, 0}).ok());
            CHECK(invoke(a, victim.cap, abi::ThreadMethod::resume).ok());
            see_again(seen);
            CHECK(invoke(a, w.m.table_cap, abi::CapTableMethod::revoke, {memory}).ok());
            CHECK_EQ(invoke(a, victim.cap, abi::ThreadMethod::read_registers).words[6], 0);
            CHECK_EQ(invoke(a, victim.cap, abi::ThreadMethod::resume).error, Error::not_configured);
          }
          over = true;
        },
        [&] { be_seen(*victim.thread, seen, over); }});
  check_invariants(w.m);
}

TEST(thread_is_kicked_while_it_ends) {
  World w(2);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  Thread& b = *w.make_thread(w.budgets[1]).thread;
  const std::uint64_t memory = w.m.make(ObjectType::untyped, 14), index = w.m.free_slot();
  w.set_up();
  std::atomic<bool> over = false;
  std::atomic<unsigned> kicks = 0;
  play({[&] {
          until([&] {
            const Outcome kicked = invoke(a, peek(w.m.table(), index), abi::ThreadMethod::kick);
            CHECK(kicked.ok() || kicked.error == Error::stale_handle || kicked.error == Error::empty_slot);
            ++kicks;
            return over.load();
          });
        },
        [&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            const Outcome made = invoke(b, memory, abi::UntypedMethod::retype,
                                        {static_cast<std::uint64_t>(ObjectType::thread), 0, 1, w.m.table_cap, index});
            CHECK(made.ok());
            CHECK(invoke(b, made.words[0], abi::ThreadMethod::configure, {w.m.table_cap, w.m.space_cap, 0, 0, 0}).ok());
            CHECK(invoke(b, made.words[0], abi::ThreadMethod::schedule, {w.budgets[1], World::kPriority}).ok());
            CHECK(invoke(b, made.words[0], abi::ThreadMethod::resume).ok());
            see_again(kicks);
            CHECK(invoke(b, w.m.table_cap, abi::CapTableMethod::delete_, {made.words[0]}).ok());
          }
          over = true;
        }});
  check_invariants(w.m);
}

// Plays a thread that is in its guest whenever it can be; `ended` hears each end of a guest_run.
static void be_guest(Thread& thread, CapTable& table, std::uint64_t space, std::atomic<unsigned>& inside,
                     const std::function<void(const Outcome&)>& ended, const std::atomic<bool>& over) {
  await(thread);
  start(thread, abi::Call::guest_run, peek(table, space));
  until([&] {
    if (this_core().current() != &thread) return over.load();
    if (thread.in_guest) {
      ++inside;
    } else if (!start_again(thread)) {
      ended(read_outcome(thread));
      start(thread, abi::Call::guest_run, peek(table, space));
    }
    return over.load();
  });
}

TEST(guest_that_runs_elsewhere_is_kicked) {
  World w(2);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  const World::Made victim = w.make_thread(w.budgets[1]);
  const std::uint64_t guest = w.m.make(ObjectType::address_space);
  CHECK(w.m.invoke(guest, abi::AddressSpaceMethod::donate, {w.m.make(ObjectType::untyped, 14)}).ok());
  CHECK(w.m.invoke(guest, abi::AddressSpaceMethod::bind_host, {w.m.space_cap, 0}).ok());
  CHECK(w.m.invoke(victim.cap, abi::ThreadMethod::set_guest_state, {w.m.make(ObjectType::memory, 12), 0}).ok());
  w.set_up();
  std::atomic<unsigned> inside = 0, kicked = 0;
  std::atomic<bool> over = false;
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            see_again(inside);
            CHECK(invoke(a, victim.cap, abi::ThreadMethod::kick).ok());
            until([&] { return kicked == i + 1; });
          }
          over = true;
        },
        [&] {
          const auto ended = [&](const Outcome& result) {
            CHECK(result.ok());
            CHECK_EQ(result.words[0], static_cast<std::uint64_t>(abi::GuestExit::kick));
            ++kicked;
          };
          be_guest(*victim.thread, w.m.table(), guest & 0x7fff, inside, ended, over);
        }});
  check_invariants(w.m);
}

TEST(space_of_a_guest_that_runs_elsewhere_ends) {
  World w(2);
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  const World::Made victim = w.make_thread(w.budgets[1]);
  const std::uint64_t memory = w.m.make(ObjectType::untyped, 16), tables = w.m.make(ObjectType::untyped, 14), index = w.m.free_slot();
  CHECK(w.m.invoke(victim.cap, abi::ThreadMethod::set_guest_state, {w.m.make(ObjectType::memory, 12), 0}).ok());
  w.set_up();
  std::atomic<unsigned> inside = 0, cancelled = 0;
  std::atomic<bool> over = false;
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) {
            const Outcome made = invoke(a, memory, abi::UntypedMethod::retype,
                                        {static_cast<std::uint64_t>(ObjectType::address_space), 0, 1, w.m.table_cap, index});
            CHECK(made.ok());
            CHECK(invoke(a, made.words[0], abi::AddressSpaceMethod::donate, {tables}).ok());
            CHECK(invoke(a, made.words[0], abi::AddressSpaceMethod::bind_host, {w.m.space_cap, i % 2}).ok());
            see_again(inside);
            // It ends by itself, or by what its tables are made of.
            CHECK(invoke(a, w.m.table_cap, abi::CapTableMethod::revoke, {i % 3 == 0 ? tables : memory}).ok());
            until([&] { return cancelled == i + 1; });
            CHECK(invoke(a, w.m.table_cap, abi::CapTableMethod::revoke, {memory}).ok());
          }
          over = true;
        },
        [&] {
          const auto ended = [&](const Outcome& result) {
            if (result.error == Error::cancelled) ++cancelled;
            CHECK(arch::current_root() == w.m.space().host_root());
          };
          be_guest(*victim.thread, w.m.table(), index, inside, ended, over);
        }});
  check_invariants(w.m);
}

// Two that cancel different badges, each with more senders to look at than one step does.
TEST(cancels_on_two_cores_come_to_an_end) {
  static constexpr unsigned kSenders = 40;
  World w(2);
  const std::uint64_t endpoint = w.m.make(ObjectType::endpoint), other = w.m.copy(endpoint, kAllRights, 9);
  for (unsigned i = 0; i < kSenders; ++i) {
    const World::Made sender = w.make_thread(w.budgets[0]);
    CHECK(w.m.call(*sender.thread, abi::Call::send, other).blocked());
  }
  Thread& a = *w.make_thread(w.budgets[0]).thread;
  Thread& b = *w.make_thread(w.budgets[1]).thread;
  w.set_up();
  play({[&] {
          for (unsigned i = 0; i < kTimes; ++i) CHECK(invoke(a, endpoint, abi::EndpointMethod::cancel, {1}).ok());
        },
        [&] {
          for (unsigned i = 0; i < kTimes; ++i) CHECK(invoke(b, endpoint, abi::EndpointMethod::cancel, {2}).ok());
        }});
  check_invariants(w.m);
}

}  // namespace tessera::nucleus::test
