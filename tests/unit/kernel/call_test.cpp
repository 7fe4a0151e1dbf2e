// SPDX-License-Identifier: Apache-2.0
// call, reply_wait, reply, send and wait in all orders. Each case runs on the fast
// paths and, by nested handles, on the full ones: the results must be the same.
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/fixture/service.hpp"

namespace tessera::nucleus::test {

static void both_ways(void (*body)(Service&)) {
  for (const Way way : {Way::fast, Way::full}) {
    Machine machine;
    Service service(machine, way);
    body(service);
    check_invariants(machine);
  }
}

TEST(call_to_a_waiting_server) {
  both_ways([](Service& s) {
    CHECK(s.wait().blocked());
    CHECK(s.call(2, {1, 2, 3, 4, 5}, 77).blocked());
    CHECK_EQ(this_core().current(), &s.server());
    const Outcome got = read_outcome(s.server());
    CHECK_EQ(got.error, Error::ok);
    CHECK_EQ(got.label, 77);
    CHECK_EQ(got.word_count, 5);
    CHECK_EQ(got.badge, Service::kBadge + 2);
    for (unsigned i = 0; i < 5; ++i) CHECK_EQ(got.words.at(i), i + 1);
    CHECK_EQ(s.client().state, ThreadState::awaiting_reply);
    CHECK(s.reply_wait({9, 8}, 5).blocked());
    const Outcome answer = read_outcome(s.client());
    CHECK_EQ(this_core().current(), &s.client());
    CHECK_EQ(answer.error, Error::ok);
    CHECK_EQ(answer.label, 5);
    CHECK_EQ(answer.word_count, 2);
    CHECK_EQ(answer.words[0], 9);
    CHECK_EQ(answer.words[1], 8);
    CHECK_EQ(answer.badge, 0);
  });
}

TEST(call_to_a_busy_server) {
  both_ways([](Service& s) {
    CHECK(s.call(2, {22}).blocked());
    CHECK(s.call(3, {33}).blocked());
    CHECK_EQ(s.client(2).state, ThreadState::sending);
    Outcome got = s.wait();
    CHECK(got.ok());
    CHECK_EQ(got.badge, Service::kBadge + 2);
    CHECK_EQ(got.words[0], 22);
    got = s.reply_wait({222});
    CHECK(got.ok());
    CHECK_EQ(got.badge, Service::kBadge + 3);
    CHECK_EQ(got.words[0], 33);
    CHECK_EQ(read_outcome(s.client(2)).words[0], 222);
    CHECK(s.reply_wait({333}).blocked());
    CHECK_EQ(read_outcome(s.client(3)).words[0], 333);
    CHECK_EQ(s.server().state, ThreadState::receiving);
  });
}

TEST(call_many_rounds) {
  both_ways([](Service& s) {
    CHECK(s.wait().blocked());
    for (std::uint64_t round = 0; round < 50; ++round) {
      const unsigned who = 2 + static_cast<unsigned>(round % 4);
      CHECK(s.call(who, {round, round * round}).blocked());
      CHECK_EQ(read_outcome(s.server()).words[1], round * round);
      CHECK(s.reply_wait({round + 1}).blocked());
      CHECK_EQ(read_outcome(s.client(who)).words[0], round + 1);
      CHECK_EQ(this_core().current(), &s.client(who));
    }
  });
}

TEST(send_in_both_orders) {
  both_ways([](Service& s) {
    CHECK(s.wait().blocked());
    CHECK(s.m.call(s.client(), abi::Call::send, s.badged[2], {4, 5}, 6).ok());
    const Outcome got = read_outcome(s.server());
    CHECK_EQ(got.words[1], 5);
    CHECK_EQ(got.label, 6);
    CHECK_EQ(got.badge, Service::kBadge + 2);
    CHECK_EQ(s.m.call(s.server(), abi::Call::reply, 0, {}, 0, s.reply).error, Error::would_block);  // nobody to answer
    CHECK(s.m.call(s.client(), abi::Call::send, s.badged[2], {7}).blocked());
    CHECK_EQ(s.m.call(s.server(), abi::Call::wait, s.endpoint).words[0], 7);  // without a Reply
    CHECK(read_outcome(s.client()).ok());
    CHECK_EQ(s.client().state, ThreadState::ready);
  });
}

// A message that wants no answer leaves the Reply it was received with to the next waiter.
TEST(send_leaves_the_reply_free) {
  both_ways([](Service& s) {
    for (const bool waits_first : {true, false}) {
      if (waits_first) CHECK(s.wait().blocked());
      CHECK_EQ(s.m.call(s.client(), abi::Call::send, s.badged[2], {7}).blocked(), !waits_first);
      if (!waits_first) CHECK(s.wait().ok());
      check_invariants(s.m);
      CHECK(s.m.call(s.m.thread(5), abi::Call::wait, s.endpoint, {}, 0, s.reply).blocked());
      CHECK(s.m.invoke(s.m.thread_caps[5], abi::ThreadMethod::suspend).ok());
      CHECK(s.m.invoke(s.m.thread_caps[5], abi::ThreadMethod::resume).ok());
    }
  });
}

TEST(wait_without_reply_takes_sends_only) {
  both_ways([](Service& s) {
    CHECK(s.m.call(s.server(), abi::Call::wait, s.endpoint).blocked());
    CHECK_EQ(s.call(2).error, Error::not_configured);
    CHECK(s.m.call(s.client(), abi::Call::send, s.badged[2], {1}).ok());
    // A call waits; a send behind it is taken first by one who cannot answer.
    CHECK(s.call(2).blocked());
    CHECK_EQ(s.m.call(s.server(), abi::Call::wait, s.endpoint).error, Error::not_configured);
    CHECK(s.m.call(s.client(3), abi::Call::send, s.badged[3], {31}).blocked());
    CHECK_EQ(s.m.call(s.server(), abi::Call::wait, s.endpoint).words[0], 31);
    CHECK_EQ(s.wait().badge, Service::kBadge + 2);
  });
}

TEST(replies_later_and_out_of_order) {
  both_ways([](Service& s) {
    const std::uint64_t replies = s.m.make(ObjectType::reply, 0, 3);
    for (unsigned i = 0; i < 3; ++i) {
      CHECK(s.call(2 + i, {i}).blocked());
      CHECK_EQ(s.m.call(s.server(), abi::Call::wait, s.endpoint, {}, 0, s.handle(replies + i)).words[0], i);
      check_invariants(s.m);
    }
    CHECK_EQ(s.m.call(s.server(), abi::Call::wait, s.endpoint, {}, 0, s.handle(replies)).error, Error::busy);
    for (const unsigned i : {1u, 0u, 2u}) {
      CHECK(s.m.call(s.server(), abi::Call::reply, 0, {i + 10}, 0, s.handle(replies + i)).ok());
      CHECK_EQ(read_outcome(s.client(2 + i)).words[0], i + 10);
      CHECK_EQ(s.client(2 + i).state, ThreadState::ready);
      check_invariants(s.m);
    }
  });
}

// Answers an older caller by reply_wait while a newer one waits.
TEST(reply_wait_to_an_older_caller) {
  both_ways([](Service& s) {
    const std::uint64_t second = s.handle(s.m.make(ObjectType::reply));
    CHECK(s.call(2).blocked());
    CHECK(s.wait().ok());
    CHECK(s.call(3).blocked());
    CHECK(s.m.call(s.server(), abi::Call::wait, s.endpoint, {}, 0, second).ok());
    CHECK(s.reply_wait({2}).blocked());
    check_invariants(s.m);
    CHECK_EQ(s.client(2).state, ThreadState::ready);
    CHECK_EQ(s.client(3).state, ThreadState::awaiting_reply);
    CHECK(s.m.call(s.client(4), abi::Call::reply, 0, {3}, 0, second).ok());  // any holder may answer
    CHECK_EQ(read_outcome(s.client(3)).words[0], 3);
  });
}

TEST(one_reply_serves_one_waiter) {
  both_ways([](Service& s) {
    CHECK(s.wait().blocked());
    CHECK_EQ(s.m.call(s.m.thread(5), abi::Call::wait, s.endpoint, {}, 0, s.reply).error, Error::busy);
    CHECK(s.m.invoke(s.m.thread_caps[1], abi::ThreadMethod::suspend).ok());
    CHECK(s.m.call(s.m.thread(5), abi::Call::wait, s.endpoint, {}, 0, s.reply).blocked());
    CHECK(s.call(2).blocked());
    CHECK_EQ(read_outcome(s.m.thread(5)).badge, Service::kBadge + 2);
  });
}

TEST(words_0_to_64) {
  both_ways([](Service& s) {
    std::array<std::uint64_t, 8> registers{};
    for (unsigned i = 0; i < 8; ++i) registers.at(i) = 1000 + i;
    CHECK(s.wait().blocked());
    for (unsigned words = 0; words <= abi::kMessageWords; ++words) {
      for (unsigned i = 8; i < 64; ++i) s.m.message(2).words.at(i) = 1000 * words + i;
      s.m.message(1).words = {};
      CHECK(s.m.call_counted(s.client(), abi::Call::call, s.badged[2], registers, words, words, 0, 0).blocked());
      const Outcome got = read_outcome(s.server());
      CHECK_EQ(got.word_count, words);
      CHECK_EQ(got.label, words);
      for (unsigned i = 0; i < std::min(words, 8u); ++i) CHECK_EQ(got.words.at(i), 1000 + i);
      for (unsigned i = 8; i < 64; ++i) CHECK_EQ(s.m.message(1).words.at(i), i < words ? 1000 * words + i : 0);
      // And back.
      for (unsigned i = 8; i < 64; ++i) s.m.message(1).words.at(i) = 2000 * words + i;
      s.m.message(2).words = {};
      CHECK(s.m.call_counted(s.server(), abi::Call::reply_wait, s.endpoint, registers, words, 0, s.reply, 0).blocked());
      CHECK_EQ(read_outcome(s.client()).word_count, words);
      for (unsigned i = 8; i < 64; ++i) CHECK_EQ(s.m.message(2).words.at(i), i < words ? 2000 * words + i : 0);
    }
    CHECK_EQ(s.m.call_counted(s.client(), abi::Call::call, s.badged[2], registers, 65, 0, 0, 0).error, Error::bad_argument);
    CHECK_EQ(s.m.call_counted(s.client(), abi::Call::send, s.badged[2], registers, 255, 0, 0, 0).error, Error::bad_argument);
    CHECK_EQ(s.m.call_counted(s.client(), abi::Call::call, s.badged[2], registers, 0, 0, 0, 5).error, Error::bad_argument);
  });
}

TEST(long_message_needs_a_message_page) {
  both_ways([](Service& s) {
    s.m.remove(s.m.copy(s.m.message_memory_cap));
    const Machine::Made bare = s.m.make_thread_with_table();
    // A receiver without a page gets the words that fit registers.
    const std::uint64_t endpoint = s.m.invoke(bare.table_cap, abi::CapTableMethod::copy, {s.plain_endpoint, 5, kAllRights, 0}).words[0];
    for (unsigned i = 8; i < 64; ++i) s.m.message(2).words.at(i) = i;
    bare.thread->message = nullptr;
    bare.thread->message_slot.rights = 0;
    CHECK(s.m.call(*bare.thread, abi::Call::wait, endpoint).blocked());
    const std::array<std::uint64_t, 8> words{1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(s.m.call_counted(s.client(), abi::Call::send, s.badged[2], words, 40, 0, 0, 0).ok());
    CHECK_EQ(read_outcome(*bare.thread).word_count, 8);
    CHECK_EQ(s.m.call_counted(*bare.thread, abi::Call::send, endpoint, words, 9, 0, 0, 0).error, Error::not_configured);
    bare.thread->message = direct<abi::MessagePage>(PhysAddr{bare.thread->message_slot.object});
  });
}

TEST(capabilities_go_with_messages) {
  both_ways([](Service& s) {
    const Machine::Made other = s.m.make_thread_with_table();
    const std::uint64_t waits_on = s.m.invoke(other.table_cap, abi::CapTableMethod::copy, {s.plain_endpoint, 5, kAllRights, 0}).words[0];
    const std::uint64_t answers = s.m.invoke(other.table_cap, abi::CapTableMethod::copy, {s.plain_reply, 6, kAllRights, 0}).words[0];
    CHECK(s.m.call(*other.thread, abi::Call::wait, waits_on, {}, 0, answers).blocked());
    abi::MessagePage& out = s.m.message(2);
    abi::MessagePage& in = *other.thread->message;
    const std::uint64_t memory = s.m.make(ObjectType::memory, 12);
    out.send_caps = {s.m.copy(memory, abi::kRightRead), s.plain_endpoint, 0xdead, 0};
    in.receive_slots = {10, 11, 12, 13};
    CHECK(s.m.call(s.client(), abi::Call::call, s.badged[2], {1}, 0, 0, 3).blocked());
    const Outcome got = read_outcome(*other.thread);
    CHECK_EQ(got.capability_count, 2);  // the third is no capability
    CHECK_EQ(other.table->slot(10)->type, ObjectType::memory);
    CHECK_EQ(other.table->slot(10)->rights, abi::kRightRead);
    CHECK_EQ(other.table->slot(11)->type, ObjectType::endpoint);
    CHECK_EQ(in.received[0], Handle::make(10, other.table->slot(10)->generation).value);
    CHECK(other.table->slot(12)->empty());
    // Back with the answer.
    s.m.message(2).receive_slots = {s.m.free_slot(), 0, 0, 0};
    in.send_caps = {in.received[0], 0, 0, 0};
    CHECK(s.m.call(*other.thread, abi::Call::reply_wait, waits_on, {}, 0, answers, 1).blocked());
    CHECK_EQ(read_outcome(s.client()).capability_count, 1);
    CHECK_EQ(s.m.slot(out.received[0]).rights, abi::kRightRead);
    // Without the grant right nothing goes along; an occupied slot ends it; an Untyped never goes.
    const std::uint64_t no_grant = s.m.copy(s.plain_endpoint, abi::kRightWrite, 9);
    CHECK(s.m.call(s.client(), abi::Call::call, no_grant, {1}, 0, 0, 1).blocked());
    CHECK_EQ(read_outcome(*other.thread).capability_count, 0);
    CHECK_EQ(read_outcome(*other.thread).word_count, 1);
    CHECK(s.m.call(*other.thread, abi::Call::reply_wait, waits_on, {}, 0, answers).blocked());
    CHECK(s.m.call(s.client(), abi::Call::call, s.badged[2], {1}, 0, 0, 1).blocked());
    CHECK_EQ(read_outcome(*other.thread).capability_count, 0);  // slot 10 is occupied
    CHECK(s.m.call(*other.thread, abi::Call::reply_wait, waits_on, {}, 0, answers).blocked());
    in.receive_slots = {12, 13, 14, 15};
    out.send_caps = {s.m.untyped_cap, memory, 0, 0};
    CHECK(s.m.call(s.client(), abi::Call::call, s.badged[2], {1}, 0, 0, 2).blocked());
    CHECK_EQ(read_outcome(*other.thread).capability_count, 0);
    CHECK(other.table->slot(12)->empty());
  });
}

TEST(cancel_ends_waits_of_one_badge) {
  both_ways([](Service& s) {
    CHECK(s.call(2).blocked());
    CHECK(s.call(3).blocked());
    CHECK(s.m.call(s.client(4), abi::Call::send, s.badged[2], {1}).blocked());
    CHECK(s.m.invoke(s.plain_endpoint, abi::EndpointMethod::cancel, {Service::kBadge + 2}).ok());
    CHECK_EQ(read_outcome(s.client(2)).error, Error::cancelled);
    CHECK_EQ(read_outcome(s.client(4)).error, Error::cancelled);
    CHECK_EQ(s.client(3).state, ThreadState::sending);
    CHECK_EQ(s.wait().badge, Service::kBadge + 3);
    CHECK(s.m.invoke(s.plain_endpoint, abi::EndpointMethod::cancel, {5}).ok());
    CHECK_EQ(s.m.invoke(s.badged[2], 9).error, Error::bad_call);
    const std::uint64_t weak = s.m.copy(s.plain_endpoint, abi::kRightRead | abi::kRightWrite);
    CHECK_EQ(s.m.invoke(weak, abi::EndpointMethod::cancel, {1}).error, Error::no_right);
  });
}

TEST(deleting_an_endpoint_cancels_everyone) {
  both_ways([](Service& s) {
    CHECK(s.call(2).blocked());
    CHECK(s.call(3).blocked());
    s.m.revoke(s.plain_endpoint);
    s.m.remove(s.plain_endpoint);
    CHECK_EQ(read_outcome(s.client(2)).error, Error::cancelled);
    CHECK_EQ(read_outcome(s.client(3)).error, Error::cancelled);
    CHECK_EQ(s.wait().error, Error::stale_handle);
    CHECK_EQ(s.call(2).error, Error::stale_handle);
  });
}

TEST(deleting_a_reply_cancels_its_caller) {
  both_ways([](Service& s) {
    CHECK(s.wait().blocked());
    CHECK(s.call(2).blocked());
    s.m.remove(s.plain_reply);
    CHECK_EQ(read_outcome(s.client()).error, Error::cancelled);
    CHECK_EQ(s.client().state, ThreadState::ready);
    CHECK_EQ(s.reply_wait().error, Error::stale_handle);
  });
}

TEST(deleting_the_reply_of_a_waiting_server) {
  both_ways([](Service& s) {
    CHECK(s.wait().blocked());
    s.m.remove(s.plain_reply);
    check_invariants(s.m);
    CHECK_EQ(s.call(2).error, Error::not_configured);
    CHECK(s.m.call(s.client(), abi::Call::send, s.badged[2], {3}).ok());
    CHECK_EQ(read_outcome(s.server()).words[0], 3);
  });
}

TEST(suspending_a_caller_frees_its_reply) {
  both_ways([](Service& s) {
    CHECK(s.wait().blocked());
    CHECK(s.call(2).blocked());
    CHECK(s.m.invoke(s.m.thread_caps[2], abi::ThreadMethod::suspend).ok());
    CHECK_EQ(s.m.call(s.server(), abi::Call::reply, 0, {}, 0, s.reply).error, Error::would_block);
    CHECK(s.m.invoke(s.m.thread_caps[2], abi::ThreadMethod::resume).ok());
    CHECK_EQ(read_outcome(s.client()).error, Error::cancelled);
    CHECK(s.reply_wait().blocked());  // nobody to answer is no error for reply_wait
  });
}

// A server that ends while it has answers to give: nothing may point to it any more.
TEST(deleting_a_server_with_unanswered_callers) {
  both_ways([](Service& s) {
    const Machine::Made other = s.m.make_thread_with_table();
    const std::uint64_t replies = s.m.make(ObjectType::reply, 0, 2);
    const std::uint64_t on = s.m.invoke(other.table_cap, abi::CapTableMethod::copy, {s.plain_endpoint, 5, kAllRights, 0}).words[0];
    for (unsigned i = 0; i < 2; ++i) {
      const std::uint64_t with =
          s.m.invoke(other.table_cap, abi::CapTableMethod::copy, {replies + i, 6 + i, kAllRights, 0}).words[0];
      CHECK(s.m.call(*other.thread, abi::Call::wait, on, {}, 0, with).blocked());
      CHECK(s.call(2 + i).blocked());
    }
    s.m.remove(other.thread_cap);
    check_invariants(s.m);
    CHECK_EQ(s.client(2).state, ThreadState::awaiting_reply);
    s.m.remove(other.table_cap);
    for (unsigned i = 0; i < 2; ++i) CHECK(s.m.call(s.server(), abi::Call::reply, 0, {i}, 0, replies + i).ok());
    CHECK_EQ(read_outcome(s.client(3)).words[0], 1);
  });
}

TEST(call_errors) {
  both_ways([](Service& s) {
    Machine& m = s.m;
    CHECK_EQ(m.call(s.client(), abi::Call::call, 0).error, Error::bad_path);
    CHECK_EQ(m.call(s.client(), abi::Call::call, 200).error, Error::empty_slot);
    CHECK_EQ(m.call(s.client(), abi::Call::call, Handle::make(900, 1).value).error, Error::stale_handle);
    CHECK_EQ(m.call(s.client(), abi::Call::call, m.untyped_cap).error, Error::wrong_type);
    CHECK_EQ(m.call(s.client(), abi::Call::wait, m.untyped_cap).error, Error::wrong_type);
    CHECK_EQ(m.call(s.client(), abi::Call::call, m.copy(s.plain_endpoint, abi::kRightRead)).error, Error::no_right);
    CHECK_EQ(m.call(s.client(), abi::Call::wait, m.copy(s.plain_endpoint, abi::kRightWrite)).error, Error::no_right);
    CHECK_EQ(m.call(s.client(), abi::Call::wait, s.endpoint, {}, 0, s.endpoint).error, Error::wrong_type);
    CHECK_EQ(m.call(s.client(), abi::Call::wait, s.endpoint, {}, 0, m.copy(s.plain_reply, abi::kRightRead)).error, Error::no_right);
    CHECK_EQ(m.call(s.client(), abi::Call::reply, 0, {}, 0, s.endpoint).error, Error::wrong_type);
    CHECK_EQ(m.call(s.client(), abi::Call::reply, 0, {}, 0, 0).error, Error::bad_path);
    CHECK_EQ(m.call(s.client(), abi::Call::submit, 0).error, Error::unsupported);
    CHECK_EQ(m.call(s.client(), static_cast<abi::Call>(10), 0).error, Error::bad_call);
    CHECK_EQ(m.call(s.client(), static_cast<abi::Call>(255), 0).error, Error::bad_call);
    CHECK_EQ(m.invoke(s.plain_reply, 1).error, Error::bad_call);
  });
}

}  // namespace tessera::nucleus::test
