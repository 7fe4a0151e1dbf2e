// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "lib/ring/buffer_pool.hpp"
#include "lib/ring/channel_client.hpp"
#include "lib/ring/channel_server.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/lib/ring/hostile.hpp"
#include "tests/unit/lib/ring/wake.hpp"

using namespace tessera;
using namespace tessera::ring;

namespace {

constexpr std::uint32_t kEntries = 8;
constexpr std::uint64_t kProtocol = 0x1234'5678'9abc'def0;
constexpr std::uint16_t kDouble = 3;

struct alignas(4096) Region {
  std::array<std::byte, 16384> bytes{};
};

ChannelClient client_of(Region& region) { return std::move(ChannelClient::attach(region.bytes, kEntries, kProtocol).value()); }
ChannelServer server_of(Region& region) { return std::move(ChannelServer::attach(region.bytes, kEntries, kProtocol).value()); }

Request request_of(std::uint64_t number, std::uint16_t resends = 0) {
  return {.operation = kDouble, .resends = resends, .arguments = {number}, .cookie = number};
}

Result answer_to(const Work& work) { return {.values = {work.arguments.front() * 2}}; }

// All that can be served now, in order.
std::size_t serve(ChannelServer& server) {
  if (server.look() == Session::State::new_peer) server.accept();
  std::size_t done = 0;
  while (const auto work = server.take().value_or(std::nullopt)) done += server.complete(work->ticket, answer_to(*work)) ? 1 : 0;
  (void)server.flush();
  return done;
}

// Which of the numbers from 0 on were answered: each may be once.
class Accounts {
 public:
  std::uint64_t next() { return answered_.emplace_back(0), answered_.size() - 1; }
  void note(const Answer& answer) {
    CHECK(answer.cookie < answered_.size());
    if (answer.cookie >= answered_.size()) return;
    CHECK_EQ(++answered_[answer.cookie], 1u);
    if (answer.lost) ++lost_;
    else if (honest_) CHECK_EQ(answer.results.front(), answer.cookie * 2);
    ++count_;
  }
  [[nodiscard]] bool complete() const { return count_ == answered_.size(); }
  [[nodiscard]] std::size_t asked() const { return answered_.size(); }
  [[nodiscard]] std::size_t lost() const { return lost_; }
  void set_dishonest() { honest_ = false; }

 private:
  std::vector<unsigned> answered_;
  std::size_t count_ = 0, lost_ = 0;
  bool honest_ = true;
};

void take_all(ChannelClient& client, Accounts& accounts) {
  while (const auto answer = client.take().value_or(std::nullopt)) accounts.note(*answer);
}

// Until both ends see an open session. Nothing is answered on the way but what is lost.
void meet(ChannelClient& client, ChannelServer& server, Accounts& accounts) {
  for (unsigned i = 0; i < 4; ++i) {
    if (server.look() == Session::State::new_peer) server.accept();
    (void)server.flush();
    take_all(client, accounts);
    (void)client.flush();
  }
}
void meet(ChannelClient& client, ChannelServer& server) {
  Accounts none;
  meet(client, server, none);
}

}  // namespace

TEST(requests_are_answered) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  auto server = server_of(*region);
  meet(client, server);
  CHECK(client.open());
  Accounts accounts;
  for (unsigned round = 0; round < 50; ++round) {
    for (unsigned i = 0; i < 5; ++i) CHECK(client.submit(request_of(accounts.next())).has_value());
    (void)client.flush();
    CHECK_EQ(serve(server), 5u);
    take_all(client, accounts);
    CHECK(accounts.complete());
  }
  CHECK_EQ(client.outstanding(), 0u);
}

TEST(no_more_than_there_are_entries_and_no_buffer_outside_the_pool) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  for (unsigned i = 0; i < kEntries; ++i) CHECK(client.submit(request_of(i)).has_value());
  CHECK(client.submit(request_of(9)) == std::unexpected(SubmitError::full));
  const auto pool = static_cast<std::uint32_t>(client.pool().size());
  auto other = client_of(*region);
  for (const Buffer bad : {Buffer{pool, 1}, Buffer{pool - 1, 2}, Buffer{~0u, ~0u}, Buffer{1, ~0u}, Buffer{0, pool + 1}}) {
    CHECK(other.submit({.buffer = bad}) == std::unexpected(SubmitError::bad_buffer));
  }
  CHECK(other.submit({.buffer = {pool, 0}}).has_value());
  CHECK(other.submit({.buffer = {0, pool}}).has_value());
}

TEST(data_goes_through_the_pool_uncopied) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  auto server = server_of(*region);
  meet(client, server);
  BufferPool buffers(client.pool(), 1024);
  const std::size_t all = buffers.free();
  const Buffer buffer = buffers.take().value();
  std::ranges::fill(buffers.memory(buffer), std::byte{7});
  CHECK(client.submit({.buffer = buffer}).has_value());
  (void)client.flush();
  CHECK(server.look() == Session::State::open);
  const auto work = server.take().value();
  CHECK_EQ(work->memory.size(), 1024u);
  CHECK(work->memory.data() == buffers.memory(buffer).data());
  CHECK(work->memory.front() == std::byte{7});
  std::ranges::fill(work->memory, std::byte{9});
  // A server may say that it did more than there was room for.
  CHECK(server.complete(work->ticket, {.bytes = 5000}));
  (void)server.flush();
  CHECK_EQ(client.take().value()->bytes, 1024u);
  CHECK(buffers.memory(buffer).back() == std::byte{9});
  buffers.give_back(buffer);
  CHECK_EQ(buffers.free(), all);
}

TEST(a_pool_gives_each_buffer_to_one) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  BufferPool buffers(client.pool(), 1000);
  std::map<std::uint32_t, std::uint32_t> taken;
  while (const auto buffer = buffers.take()) {
    CHECK(client.pools().part(*buffer).has_value());
    CHECK(taken.emplace(buffer->offset, buffer->bytes).second);
    CHECK_EQ(buffer->offset % 1000, 0u);
  }
  CHECK_EQ(taken.size(), client.pool().size() / 1000);
}

TEST(a_doorbell_once_a_batch_and_only_for_who_sleeps) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  auto server = server_of(*region);
  meet(client, server);
  CHECK(client.submit(request_of(0)).has_value());
  CHECK(!client.flush());
  CHECK_EQ(serve(server), 1u);
  server.prepare_sleep();
  CHECK(client.submit(request_of(1)).has_value());
  CHECK(client.submit(request_of(2)).has_value());
  CHECK(client.flush());
  CHECK(client.submit(request_of(3)).has_value());
  CHECK(!client.flush());
  client.prepare_sleep();
  CHECK(server.look() == Session::State::open);
  while (const auto work = server.take().value()) CHECK(server.complete(work->ticket, {}));
  CHECK(server.flush());
  CHECK(!server.flush());
}

TEST(a_new_end_is_told_of_whether_the_other_sleeps_or_not) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  CHECK(client.flush());
  CHECK(!client.flush());
  auto server = server_of(*region);
  CHECK(server.flush());
  CHECK(server.look() == Session::State::new_peer);
  server.accept();
  CHECK(server.flush());
  CHECK(!client.take().value().has_value());
  CHECK(client.flush());
}

TEST(what_was_asked_before_there_was_a_server_is_served) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  Accounts accounts;
  for (unsigned i = 0; i < kEntries; ++i) CHECK(client.submit(request_of(accounts.next())).has_value());
  (void)client.flush();
  auto server = server_of(*region);
  meet(client, server);
  CHECK_EQ(serve(server), kEntries);
  take_all(client, accounts);
  CHECK(accounts.complete());
  CHECK_EQ(accounts.lost(), 0u);
}

TEST(a_restarted_server_gets_what_was_not_answered_in_order) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  Accounts accounts;
  {
    auto server = server_of(*region);
    meet(client, server);
    for (unsigned i = 0; i < 6; ++i) CHECK(client.submit(request_of(accounts.next(), 3)).has_value());
    (void)client.flush();
    (void)server.look();
    // The second of three is answered, and the answer seen; the first's is published but not seen.
    const auto first = server.take().value(), second = server.take().value(), third = server.take().value();
    CHECK(server.complete(second->ticket, answer_to(*second)));
    (void)server.flush();
    take_all(client, accounts);
    CHECK(server.complete(first->ticket, answer_to(*first)));
    (void)server.flush();
    CHECK(third.has_value());
  }
  auto server = server_of(*region);
  meet(client, server);
  CHECK(server.look() == Session::State::open);
  for (const std::uint64_t number : {0u, 2u, 3u, 4u, 5u}) {
    const auto work = server.take().value();
    CHECK_EQ(work->arguments.front(), number);
    CHECK(server.complete(work->ticket, answer_to(*work)));
  }
  CHECK(!server.take().value().has_value());
  (void)server.flush();
  take_all(client, accounts);
  CHECK(accounts.complete());
  CHECK_EQ(accounts.lost(), 0u);
}

TEST(what_may_not_be_sent_again_is_lost) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  Accounts accounts;
  auto server = server_of(*region);
  meet(client, server);
  CHECK(client.submit(request_of(accounts.next(), 0)).has_value());
  CHECK(client.submit(request_of(accounts.next(), 2)).has_value());
  (void)client.flush();
  for (const std::size_t lost : {1u, 1u, 2u}) {
    server = server_of(*region);
    meet(client, server, accounts);
    CHECK_EQ(accounts.lost(), lost);
  }
  CHECK_EQ(accounts.lost(), 2u);
  CHECK(accounts.complete());
  CHECK_EQ(client.outstanding(), 0u);
}

TEST(what_a_gone_client_asked_for_is_answered_to_nobody) {
  const auto region = std::make_unique<Region>();
  auto server = server_of(*region);
  Ticket stale;
  {
    auto client = client_of(*region);
    meet(client, server);
    CHECK(client.submit(request_of(1)).has_value());
    (void)client.flush();
    (void)server.look();
    stale = server.take().value()->ticket;
  }
  auto client = client_of(*region);
  CHECK(client.submit(request_of(5)).has_value());
  CHECK(server.look() == Session::State::new_peer);
  server.accept();
  (void)server.flush();
  CHECK(!server.complete(stale, {}));
  meet(client, server);
  CHECK(!server.complete(stale, {}));
  CHECK_EQ(serve(server), 1u);
  const auto answer = client.take().value();
  CHECK_EQ(answer->cookie, 5u);
  CHECK_EQ(answer->results.front(), 10u);
}

TEST(a_completion_is_accepted_once) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  auto server = server_of(*region);
  meet(client, server);
  CHECK(client.submit(request_of(0)).has_value());
  CHECK(client.submit(request_of(1)).has_value());
  (void)client.flush();
  (void)server.look();
  const auto first = server.take().value();
  CHECK(server.take().value().has_value());
  CHECK(server.complete(first->ticket, {}));
  CHECK(server.complete(first->ticket, {}));  // a mistake of the server's
  CHECK(!server.complete(first->ticket, {}));
  (void)server.flush();
  CHECK_EQ(client.take().value()->cookie, 0u);
  CHECK(!client.take().value().has_value());
  CHECK_EQ(client.dropped(), 1u);
  CHECK_EQ(client.outstanding(), 1u);
}

TEST(a_client_that_asks_for_too_much_is_not_served) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  auto server = server_of(*region);
  meet(client, server);
  const auto layout = ChannelLayout::of(region->bytes, kEntries).value();
  CHECK(client.submit({.buffer = {0, 100}}).has_value());
  (void)client.flush();
  Submission bad = layout.submissions.place(0).load();
  bad.buffer = {~0u, 100};
  layout.submissions.place(0).store(bad);
  CHECK(server.look() == Session::State::open);
  CHECK(!server.take().has_value());
  CHECK(!server.take().has_value());
  // Another instance is.
  auto next = client_of(*region);
  CHECK(next.submit(request_of(4)).has_value());
  meet(next, server);
  CHECK_EQ(serve(server), 1u);
  CHECK_EQ(next.take().value()->results.front(), 8u);
}

TEST(regions_that_cannot_be_channels) {
  const auto region = std::make_unique<Region>();
  const auto bytes = std::span(region->bytes);
  CHECK(!ChannelClient::attach(bytes, 0, kProtocol));
  CHECK(!ChannelClient::attach(bytes, 7, kProtocol));
  CHECK(!ChannelClient::attach(bytes, 65536, kProtocol));
  CHECK(!ChannelClient::attach(bytes, 256, kProtocol));
  CHECK(!ChannelServer::attach(bytes.subspan(128), 8, kProtocol));
  CHECK(!ChannelServer::attach({}, 8, kProtocol));
  CHECK(ChannelServer::attach(bytes.first(4096), 8, kProtocol)->pool().empty());
}

// Client and server take turns at random, and either is replaced at random moments, also when it has
// only begun to set itself up.
TEST(every_request_is_answered_once_whoever_restarts) {
  test::Random random("restarts");
  std::size_t lost = 0, restarts = 0;
  for (unsigned round = 0; round < 100; ++round) {
    const auto region = std::make_unique<Region>();
    const auto layout = ChannelLayout::of(region->bytes, kEntries).value();
    auto client = client_of(*region);
    auto server = server_of(*region);
    Accounts accounts;
    std::vector<Work> working;
    const auto step = [&](bool quiet) {
      switch (random.below(quiet ? 6 : 8)) {
        case 0:
          if (!quiet && client.submit(request_of(accounts.asked(), static_cast<std::uint16_t>(random.below(4))))) accounts.next();
          break;
        case 1: (void)client.flush(); break;
        case 2:
          if (const auto answer = client.take().value()) accounts.note(*answer);
          break;
        case 3: {
          if (server.look() == Session::State::new_peer) server.accept();
          if (const auto work = server.take().value()) working.push_back(*work);
          break;
        }
        case 4:
          if (working.empty()) break;
          std::swap(working[random.below(working.size())], working.back());
          (void)server.complete(working.back().ticket, answer_to(working.back()));
          working.pop_back();
          break;
        case 5: (void)server.flush(); break;
        case 6:
          if (!random.one_in(20)) break;
          ++restarts;
          working.clear();
          // The last instance but one died while it set itself up.
          if (random.one_in(3)) layout.completions.header().incarnation |= 1;
          if (random.one_in(3)) layout.completions.header().tail.value = 0;
          if (random.one_in(3)) layout.submissions.header().head.value = 0;
          if (random.one_in(2)) {
            if (const auto answer = client.take().value_or(std::nullopt)) accounts.note(*answer);
          }
          server = server_of(*region);
          break;
        default:
          if (!random.one_in(100)) break;
          ++restarts;
          take_all(client, accounts);
          client = client_of(*region);
          lost += accounts.lost();
          accounts = Accounts{};
          break;
      }
    };
    for (unsigned i = 0; i < 1'000; ++i) step(false);
    for (unsigned i = 0; i < 5'000 && !accounts.complete(); ++i) step(true);
    CHECK(accounts.complete());
    CHECK_EQ(client.outstanding(), 0u);
    lost += accounts.lost();
  }
  CHECK(lost > 0 && restarts > 300);
}

TEST(a_hostile_server_cannot_make_a_client_take_an_answer_twice) {
  test::Random random("hostile server");
  std::size_t errors = 0, answers = 0;
  for (unsigned round = 0; round < 200; ++round) {
    const auto region = std::make_unique<Region>();
    auto client = client_of(*region);
    auto server = server_of(*region);
    test::Hostile hostile(region->bytes, ChannelLayout::kPage);
    meet(client, server);
    Accounts accounts;
    accounts.set_dishonest();
    for (unsigned i = 0; i < 400; ++i) {
      if (random.one_in(4)) hostile.scribble(random);
      if (client.submit(request_of(accounts.asked(), 5))) accounts.next();
      (void)client.flush();
      if (random.one_in(2)) (void)serve(server);
      if (random.one_in(50)) server = server_of(*region);
      const auto answer = client.take();
      if (!answer) {
        ++errors;
        continue;
      }
      if (!*answer) continue;
      ++answers;
      accounts.note(**answer);
    }
    // An honest one comes, and all goes on.
    server = server_of(*region);
    client.fail_all();
    take_all(client, accounts);
    CHECK(accounts.complete());
    CHECK_EQ(client.outstanding(), 0u);
    server = server_of(*region);
    meet(client, server);
    CHECK(client.submit(request_of(accounts.next())).has_value());
    (void)client.flush();
    CHECK_EQ(serve(server), 1u);
    take_all(client, accounts);
    CHECK(accounts.complete());
  }
  CHECK(errors > 100 && answers > 1'000);
}

TEST(a_hostile_client_gets_no_memory_but_the_pool) {
  test::Random random("hostile client");
  std::size_t errors = 0, works = 0;
  for (unsigned round = 0; round < 200; ++round) {
    const auto region = std::make_unique<Region>();
    auto client = client_of(*region);
    auto server = server_of(*region);
    test::Hostile hostile(region->bytes, ChannelLayout::kPage);
    meet(client, server);
    for (unsigned i = 0; i < 400; ++i) {
      if (random.one_in(4)) hostile.scribble(random);
      (void)client.submit(request_of(i));
      (void)client.flush();
      (void)client.take();
      if (random.one_in(40)) client = client_of(*region);
      if (server.look() == Session::State::new_peer) server.accept();
      const auto work = server.take();
      if (!work) {
        ++errors;
        continue;
      }
      if (!*work) continue;
      ++works;
      for (std::byte& byte : (*work)->memory) byte = std::byte{1};
      (void)server.complete((*work)->ticket, {});
      (void)server.flush();
      CHECK(server.outstanding() <= kEntries);
    }
    auto next = client_of(*region);
    CHECK(next.submit(request_of(4)).has_value());
    meet(next, server);
    CHECK_EQ(serve(server), 1u);
    CHECK_EQ(next.take().value()->results.front(), 8u);
  }
  CHECK(errors > 100 && works > 1'000);
}

// Either end sleeps only as it should; now and then the server is another instance. A lost wake would
// hang the test.
TEST(client_and_server_on_two_threads_with_restarts) {
  test::Random random("two threads and restarts");
  const auto region = std::make_unique<Region>();
  constexpr std::size_t kTotal = 30'000;
  test::Wake wake_client, wake_server;
  std::atomic<bool> done{false};
  const std::uint64_t seed = random.next();
  std::thread serving([&] {
    nucleus::test::Random chance(seed);
    auto server = server_of(*region);
    const auto flush = [&] {
      if (server.flush()) wake_client.raise();
    };
    while (!done.load()) {
      if (chance.one_in(300)) server = server_of(*region);
      if (server.look() == Session::State::new_peer) server.accept();
      bool any = false;
      while (const auto work = server.take().value()) {
        any = true;
        if (!chance.one_in(50)) (void)server.complete(work->ticket, answer_to(*work));
        else server = server_of(*region);  // died with the request
      }
      flush();
      if (any) continue;
      server.prepare_sleep();
      if (server.look() == Session::State::new_peer) {
        server.awake();
        continue;
      }
      if (const auto work = server.take().value()) (void)server.complete(work->ticket, answer_to(*work));
      else if (!done.load()) wake_server.wait();
      server.awake();
      flush();
    }
  });
  auto client = client_of(*region);
  Accounts accounts;
  const auto flush = [&] {
    if (client.flush()) wake_server.raise();
  };
  while (accounts.asked() < kTotal || !accounts.complete()) {
    const std::size_t batch = random.below(kEntries) + 1;
    for (std::size_t i = 0; i < batch && accounts.asked() < kTotal; ++i) {
      if (!client.submit(request_of(accounts.asked(), 1000))) break;
      accounts.next();
    }
    take_all(client, accounts);
    flush();
    if (accounts.complete()) continue;
    client.prepare_sleep();
    const auto answer = client.take().value();
    flush();
    if (answer) accounts.note(*answer);
    else wake_client.wait();
    client.awake();
  }
  done.store(true);
  wake_server.raise();
  serving.join();
  CHECK_EQ(accounts.lost(), 0u);
}

TEST(ends_of_different_protocols_never_talk) {
  const auto region = std::make_unique<Region>();
  auto client = client_of(*region);
  CHECK(client.submit(request_of(3, 1)).has_value());
  (void)client.flush();
  auto other = std::move(ChannelServer::attach(region->bytes, kEntries, kProtocol + 1).value());
  for (unsigned i = 0; i < 4; ++i) {
    CHECK(other.look() == Session::State::wrong_protocol);
    CHECK(!other.take().value().has_value());
    (void)other.flush();
    CHECK(client.take() == std::unexpected(RingError::wrong_protocol));
    CHECK(!client.open());
    (void)client.flush();
  }
  CHECK_EQ(client.sessions(), 0u);
  // Another server of the right one serves what was asked for; then the wrong one comes back.
  auto server = server_of(*region);
  meet(client, server);
  CHECK_EQ(serve(server), 1u);
  CHECK_EQ(client.take().value()->results.front(), 6u);
  CHECK_EQ(client.sessions(), 1u);
  CHECK(client.submit(request_of(4, 1)).has_value());
  (void)client.flush();
  other = std::move(ChannelServer::attach(region->bytes, kEntries, 0).value());
  CHECK(other.look() == Session::State::wrong_protocol);
  CHECK(client.take() == std::unexpected(RingError::wrong_protocol));
  server = server_of(*region);
  meet(client, server);
  CHECK_EQ(serve(server), 1u);
  CHECK_EQ(client.take().value()->results.front(), 8u);
  CHECK_EQ(client.sessions(), 2u);
}

TEST(data_may_lie_in_shared_pools_and_in_pieces) {
  const auto region = std::make_unique<Region>(), page = std::make_unique<Region>(), other = std::make_unique<Region>();
  const std::array<std::span<std::byte>, 2> shared{page->bytes, other->bytes};
  auto client = std::move(ChannelClient::attach(region->bytes, kEntries, kProtocol, shared).value());
  auto server = std::move(ChannelServer::attach(region->bytes, kEntries, kProtocol, shared).value());
  meet(client, server);
  CHECK(client.submit({.buffer = {.offset = 4096, .bytes = 100, .pool = 2}}).has_value());
  CHECK(client.submit({.buffer = {.pool = 3}}) == std::unexpected(SubmitError::bad_buffer));
  CHECK(client.submit({.buffer = {.offset = 16384, .bytes = 1, .pool = 1}}) == std::unexpected(SubmitError::bad_buffer));
  const auto list = shared_in<Piece>(client.pool(), 3);
  const std::array<Piece, 3> pieces{
      {{.pool = 1, .offset = 512, .bytes = 1024}, {.pool = 0, .offset = 4096, .bytes = 16}, {.pool = 2, .offset = 0, .bytes = 16384}}};
  for (std::size_t i = 0; i < 3; ++i) list[i].store(pieces.at(i));
  CHECK(client.submit({.buffer = {.bytes = 48, .form = Form::pieces}, .data_bytes = 1040 + 16384}).has_value());
  (void)client.flush();
  CHECK(server.look() == Session::State::open);
  PieceList data;
  const auto first = server.take().value();
  CHECK(first->memory.data() == std::span(other->bytes).subspan(4096).data());
  CHECK(server.read_pieces(*first, data));
  CHECK(std::ranges::equal(data.pieces(), std::array<Piece, 1>{{{.pool = 2, .offset = 4096, .bytes = 100}}}));
  const auto second = server.take().value();
  CHECK(server.read_pieces(*second, data));
  CHECK(std::ranges::equal(data.pieces(), pieces));
  CHECK_EQ(data.bytes(), 1040u + 16384u);
  CHECK(server.pools().part(data.pieces().front())->data() == std::span(page->bytes).subspan(512).data());
  CHECK(client.pools().piece_of(std::span(page->bytes).subspan(512, 1024)) == pieces.front());
  CHECK(!client.pools().piece_of(std::as_bytes(std::span(pieces))));
  CHECK(server.complete(second->ticket, {.bytes = ~0u}));
  (void)server.flush();
  CHECK_EQ(client.take().value()->bytes, 1040u + 16384u);
  std::array<std::span<std::byte>, Pools::kMostShared + 1> many;
  many.fill(page->bytes);
  CHECK(!ChannelClient::attach(region->bytes, kEntries, kProtocol, many));
  CHECK(!ChannelServer::attach(region->bytes, kEntries, kProtocol, std::array{std::span(page->bytes).subspan(64)}));
}

TEST(a_list_of_pieces_that_is_none_is_the_end_of_a_client) {
  const auto region = std::make_unique<Region>(), page = std::make_unique<Region>();
  const std::array<std::span<std::byte>, 1> shared{page->bytes};
  auto server = std::move(ChannelServer::attach(region->bytes, kEntries, kProtocol, shared).value());
  const Piece good{.pool = 1, .offset = 0, .bytes = 16384};
  struct Case {
    Piece piece;
    std::uint32_t bytes;
    std::uint32_t offset;
  };
  for (const Case& wrong : {Case{{.pool = 2, .offset = 0, .bytes = 0}, 16, 0}, Case{{.pool = 1, .offset = 16384, .bytes = 1}, 16, 0},
                            Case{{.pool = 1, .offset = 1, .bytes = ~0u}, 16, 0}, Case{{.pool = 1, .offset = 0, .bytes = 1, .zero = 1}, 16, 0},
                            Case{good, 15, 0}, Case{good, 16, 4}, Case{good, 65 * 16, 0}}) {
    auto client = std::move(ChannelClient::attach(region->bytes, kEntries, kProtocol, shared).value());
    meet(client, server);
    for (auto& place : shared_in<Piece>(client.pool(), 65)) place.store(good);
    shared_in<Piece>(client.pool().subspan(wrong.offset / 16 * 16), 1)[0].store(wrong.piece);
    CHECK(client.submit({.buffer = {.offset = wrong.offset, .bytes = wrong.bytes, .form = Form::pieces}}).has_value());
    (void)client.flush();
    CHECK(server.look() == Session::State::open);
    const auto work = server.take().value();
    PieceList data;
    CHECK(!server.read_pieces(*work, data));
    CHECK(!server.take().has_value());
  }
  // A form that there is not; and a list that is changed later is the one that was read.
  auto client = std::move(ChannelClient::attach(region->bytes, kEntries, kProtocol, shared).value());
  meet(client, server);
  shared_in<Piece>(client.pool(), 1)[0].store(good);
  CHECK(client.submit({.buffer = {.bytes = 16, .form = Form::pieces}}).has_value());
  CHECK(client.submit({.buffer = {.bytes = 16, .form = static_cast<Form>(2)}}).has_value());
  (void)client.flush();
  CHECK(server.look() == Session::State::open);
  PieceList data;
  CHECK(server.read_pieces(*server.take().value(), data));
  shared_in<Piece>(client.pool(), 1)[0].store({});
  CHECK(data.pieces().front() == good);
  CHECK(!server.take().has_value());
}
