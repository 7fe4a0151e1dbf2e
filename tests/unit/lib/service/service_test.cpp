// SPDX-License-Identifier: Apache-2.0
// Both ends of a channel on loops of their own, either of which may vanish at any moment; and on two threads.
#include <atomic>
#include <thread>

#include "tests/unit/lib/ring/hostile.hpp"
#include "tests/unit/lib/ring/wake.hpp"
#include "tests/unit/lib/rt/host_runtime.hpp"
#include "tests/unit/lib/service/world.hpp"

using namespace tessera;
using namespace tessera::test;

TEST(requests_of_one_turn_go_out_with_one_doorbell) {
  World world;
  world.settle();
  Notes notes;
  const unsigned rings = world.client().peer.rings, answers = world.server().peer.rings;
  for (std::uint32_t i = 0; i < 5; ++i) world.call([&] { return read_one(world.disk(), i, 0, notes); });
  CHECK_EQ(world.client().peer.rings, rings);
  world.settle();
  CHECK_EQ(notes.good, 5u);
  CHECK_EQ(world.client().peer.rings, rings + 1);
  CHECK_EQ(world.server().peer.rings, answers + 1);
  CHECK(world.client().peer.states == std::vector{PeerState::open});
  CHECK(world.server().peer.states == std::vector{PeerState::open});
}

TEST(more_than_there_are_entries_wait_for_their_turn) {
  World world;
  world.server().disk.delay = 100;
  Notes notes;
  for (std::uint32_t i = 0; i < 50; ++i) world.call([&] { return read_one(world.disk(), i, 0, notes); });
  world.settle();
  CHECK_EQ(world.disk().outstanding(), kSmall);
  while (world.calling() > 0) world.pass_time();
  CHECK_EQ(notes.good, 50u);
  CHECK_EQ(world.server().disk.most_at_work, kSmall);
}

TEST(statuses_and_answers_that_are_none) {
  World world;
  unsigned checked = 0;
  world.call([&] { return [](DiskClient& client, unsigned& done) -> Task<> {
    const auto facts = co_await client.ask(FactsRequest{}, sector(0));
    CHECK(facts.has_value());
    CHECK_EQ(ring::load_struct<DiskFacts>(*client.pools().part(sector(0).buffer)).most_pieces, 3u);
    const auto write = co_await client.ask(WriteRequest{.offset = 0, .durable = 1}, sector(0));
    CHECK(write.error().failure == CallFailure::refused && write.error().status == Status::read_only);
    const auto discard = co_await client.ask(DiscardRequest{});
    CHECK(discard.error().failure == CallFailure::bad_answer);
    const auto outside = co_await client.ask(ReadRequest{}, {.buffer = {.offset = 1 << 20, .bytes = 1}});
    CHECK(outside.error().failure == CallFailure::bad_buffer);
    ++done;
  }(world.disk(), checked); });
  world.settle();
  CHECK_EQ(checked, 1u);
}

TEST(a_list_of_pieces_is_read_where_it_says) {
  World world;
  const auto list = ring::shared_in<ring::Piece>(world.disk().pools().own(), 2);
  list[0].store({.pool = 0, .offset = 8192, .bytes = 1024});
  list[1].store({.pool = 0, .offset = 4096, .bytes = 512});
  bool done = false;
  world.call([&] { return [](DiskClient& client, bool& end) -> Task<> {
    const auto read = co_await client.ask(ReadRequest{.offset = 512}, {.buffer = {.bytes = 32, .form = ring::Form::pieces}, .list_bytes = 1536});
    CHECK(read.has_value() && read->bytes == 1536);
    end = true;
  }(world.disk(), done); });
  world.settle();
  CHECK(done);
  CHECK_EQ(ring::load_struct<std::uint64_t>(world.disk().pools().own().subspan(8192)), 512u);
  CHECK_EQ(ring::load_struct<std::uint64_t>(world.disk().pools().own().subspan(4096)), 1536u);
}

TEST(a_call_that_was_sent_ends_with_its_answer_also_where_it_is_cancelled) {
  World world;
  world.settle();
  world.server().disk.delay = 100;
  Notes notes;
  world.call([&] { return read_many(world.disk(), 3, 4, 0, notes); });
  world.settle();
  world.client().calls.cancel();
  world.settle();
  CHECK_EQ(notes.all(), 0u);
  CHECK_EQ(world.calling(), 1u);
  world.pass_time();
  CHECK_EQ(world.calling(), 0u);
  CHECK_EQ(notes.good, 1u);
  CHECK_EQ(notes.cancelled, 3u);
  CHECK_EQ(world.server().disk.done, 1u);
}

TEST(a_restarted_server_gets_what_may_be_sent_again) {
  World world;
  world.settle();
  world.server().disk.delay = 100;
  Notes notes;
  for (std::uint32_t i = 0; i < 6; ++i) world.call([&] { return read_one(world.disk(), i, i % 2 == 0 ? 1 : 0, notes); });
  world.settle();
  world.restart_server();
  world.settle();
  CHECK_EQ(notes.good, 3u);
  CHECK_EQ(notes.lost, 3u);
  CHECK_EQ(world.disk().sessions(), 2u);
  Notes last;
  world.server().disk.delay = 200;
  world.call([&] { return read_one(world.disk(), 1, 100, last); });
  world.settle();
  world.disk().fail_all();
  world.settle();
  CHECK_EQ(last.lost, 1u);
}

TEST(a_new_client_waits_for_the_tasks_of_the_last_one) {
  World world;
  world.settle();
  world.server().disk.delay = 100;
  Notes notes, others;
  world.call([&] { return read_one(world.disk(), 1, 0, notes); });
  world.settle();
  world.restart_client();
  world.call([&] { return read_one(world.disk(), 2, 0, others); });
  world.settle();
  CHECK_EQ(world.server().server.running(), 1u);
  CHECK(world.disk().state() == PeerState::none);
  world.server().disk.delay = 0;
  world.pass_time();
  CHECK_EQ(others.good, 1u);
  CHECK_EQ(notes.all(), 0u);
}

TEST(ends_of_different_protocols_say_so_once) {
  World world;
  world.restart_server(kHash + 1);
  world.settle();
  Notes notes;
  world.call([&] { return read_one(world.disk(), 1, 1, notes); });
  world.settle();
  CHECK(world.client().peer.states.back() == PeerState::wrong_protocol);
  CHECK(world.server().peer.states == std::vector{PeerState::wrong_protocol});
  CHECK_EQ(notes.all(), 0u);
  world.restart_server();
  world.settle();
  CHECK_EQ(notes.good, 1u);
  CHECK(world.client().peer.states.back() == PeerState::open);
}

TEST(a_client_that_asks_for_what_there_is_not_is_told_of_once_and_dropped) {
  World world;
  world.settle();
  auto plain = std::move(ring::ChannelClient::attach(world.region().bytes, kSmall, kHash).value());
  const auto turn = [&] {
    if (plain.flush()) world.server().loop.deliver(1);
    world.settle();
    return plain.take().value();
  };
  while (!plain.open()) (void)turn();
  CHECK(plain.submit({.operation = 77}).has_value());
  for (unsigned i = 0; i < 5; ++i) {
    CHECK(!turn().has_value());
    CHECK(plain.submit({.operation = 4, .cookie = i}).has_value());
  }
  CHECK(world.server().peer.states == (std::vector{PeerState::open, PeerState::none, PeerState::open, PeerState::bad}));
  CHECK_EQ(world.server().disk.done, 0u);
  plain = std::move(ring::ChannelClient::attach(world.region().bytes, kSmall, kHash).value());
  CHECK(plain.submit({.operation = 4, .cookie = 5}).has_value());
  std::optional<ring::Answer> answer;
  for (unsigned i = 0; i < 10 && !answer; ++i) answer = turn();
  CHECK(answer.has_value() && answer->cookie == 5);
}

TEST(every_call_ends_whoever_vanishes) {
  test::Random random("service restarts");
  std::size_t lost = 0, restarts = 0;
  for (unsigned round = 0; round < 60; ++round) {
    World world;
    Notes notes;
    std::size_t expected = 0;
    for (unsigned step = 0; step < 300; ++step) {
      world.server().disk.delay = random.one_in(2) ? 0 : step + random.below(20);
      switch (random.below(6)) {
        case 0:
        case 1:
          for (std::uint64_t i = random.below(12); i > 0; --i) {
            const auto count = static_cast<unsigned>(random.below(5));
            expected += count;
            world.call([&] { return read_many(world.disk(), static_cast<std::uint32_t>(i), count, random.one_in(4) ? 0 : 100, notes); });
          }
          break;
        case 2: world.pass_time(); break;
        case 3: (void)(random.one_in(2) ? world.client().loop.run(random.below(10)) : world.server().loop.run(random.below(10))); break;
        case 4:
          if (!random.one_in(8)) break;
          ++restarts;
          world.restart_server();
          break;
        default: world.settle(); break;
      }
    }
    for (unsigned i = 0; i < 2000 && world.calling() > 0; ++i) world.pass_time();
    CHECK_EQ(world.calling(), 0u);
    CHECK_EQ(notes.good + notes.lost, expected);
    lost += notes.lost;
  }
  CHECK(lost > 0 && restarts > 100);
}

// The memory is anything at any time. Who is left can be served by an honest server, or told that all is lost.
TEST(hostile_memory_harms_nobody) {
  test::Random random("service and hostile memory");
  std::size_t good = 0;
  for (unsigned round = 0; round < 100; ++round) {
    World world;
    Notes notes;
    test::Hostile hostile(world.region().bytes, 4096);
    for (unsigned step = 0; step < 200; ++step) {
      if (random.one_in(3)) hostile.scribble(random);
      world.server().disk.delay = random.one_in(2) ? 0 : step + random.below(20);
      world.call([&] { return read_one(world.disk(), static_cast<std::uint32_t>(random.below(12)), 3, notes); });
      if (random.one_in(2)) world.pass_time();
      if (random.one_in(40)) world.restart_server();
    }
    world.restart_server();
    for (unsigned i = 0; i < 2000 && world.calling() > 0; ++i) {
      if (i > 1000) world.disk().fail_all();
      world.pass_time();
    }
    CHECK_EQ(world.calling(), 0u);
    good += notes.good;
    Notes last;
    world.call([&] { return read_one(world.disk(), 1, 3, last); });
    for (unsigned i = 0; i < 100 && world.calling() > 0; ++i) world.pass_time();
    CHECK_EQ(last.good, 1u);
  }
  CHECK(good > 100);
}

namespace {

// Events of a loop that another thread raises.
struct ThreadPeer final : service::Peer {
  void ring() override { wake->raise(); }
  void changed(PeerState) override {}
  test::Wake* wake = nullptr;
};

void run_until(HostLoop& loop, test::Wake& wake, const auto& done) {
  while (loop.settle(), !done()) {
    wake.wait();
    loop.deliver(1);
  }
}

}  // namespace

// A lost wake would hang the test.
TEST(both_ends_on_threads_of_their_own) {
  const auto region = std::make_unique<Region>();
  test::Wake wake_client, wake_server;
  std::atomic<bool> done{false};
  std::thread serving([&] {
    HostLoop loop;
    ThreadPeer peer;
    peer.wake = &wake_client;
    Disk disk(loop);
    DiskServer server(loop, std::move(ring::ChannelServer::attach(region->bytes, kSmall, kHash).value()), peer, 0, disk);
    Scope scope(loop);
    scope.spawn(server.run());
    run_until(loop, wake_server, [&] { return done.load(); });
    scope.cancel();
    loop.settle();
  });
  {
    HostLoop loop;
    ThreadPeer peer;
    peer.wake = &wake_server;
    DiskClient client(loop, std::move(ring::ChannelClient::attach(region->bytes, kSmall, kHash).value()), peer, 0);
    Notes notes;
    Scope scope(loop), calls(loop);
    scope.spawn(client.run());
    for (std::uint32_t i = 0; i < 12; ++i) calls.spawn(read_many(client, i, 2000, 0, notes));
    run_until(loop, wake_client, [&] { return calls.running() == 0; });
    CHECK_EQ(notes.good, 24'000u);
    scope.cancel();
    loop.settle();
  }
  done.store(true);
  wake_server.raise();
  serving.join();
}
