// SPDX-License-Identifier: Apache-2.0
#include "lib/ring/queue.hpp"

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/check.hpp"
#include "tests/unit/lib/ring/hostile.hpp"
#include "tests/unit/lib/ring/wake.hpp"

using namespace tessera;
using ring::RingError;

namespace {

struct Item {
  std::uint64_t number = 0;
  std::uint64_t check = 0;
  static Item of(std::uint64_t number) { return {number, number * 0x9e37'79b9'7f4a'7c15}; }
  [[nodiscard]] bool fine() const { return check == of(number).check; }
};
using Queue = ring::Queue<Item>;
using Sender = ring::Sender<Item>;
using Receiver = ring::Receiver<Item>;

constexpr std::uint64_t kEntries = 16;

struct alignas(4096) Region {
  std::array<std::byte, 4096> bytes{};
  Queue queue() { return Queue::over(bytes, kEntries).value(); }
};

// Both ends over the same memory.
struct Pair {
  std::unique_ptr<Region> region = std::make_unique<Region>();
  Sender sender{region->queue()};
  Receiver receiver{region->queue()};
  std::uint64_t sent = 0, received = 0;

  std::uint64_t send(std::uint64_t count) {
    std::uint64_t done = 0;
    while (done < count) {
      const auto places = sender.reserve(count - done).value();
      if (places.empty()) break;
      for (auto& place : places) place.store(Item::of(sent++));
      sender.filled(places.size());
      done += places.size();
    }
    sender.publish();
    return done;
  }
  std::uint64_t receive(std::uint64_t count) {
    std::uint64_t done = 0;
    while (done < count) {
      const auto items = receiver.peek(count - done).value();
      if (items.empty()) break;
      for (const auto& item : items) CHECK_EQ(item.load().number, received++);
      receiver.taken(items.size());
      done += items.size();
    }
    receiver.release();
    return done;
  }
};

}  // namespace

TEST(entries_come_out_as_they_went_in) {
  Pair pair;
  for (unsigned round = 0; round < 100; ++round) {
    CHECK_EQ(pair.send(11), 11u);
    CHECK_EQ(pair.receive(100), 11u);
  }
}

TEST(a_full_queue_takes_no_more) {
  Pair pair;
  CHECK_EQ(pair.send(20), kEntries);
  CHECK(!pair.sender.put(Item::of(1)).value());
  CHECK_EQ(pair.sender.fresh_room().value(), 0u);
  CHECK_EQ(pair.receive(3), 3u);
  CHECK_EQ(pair.send(20), 3u);
}

TEST(what_is_not_published_is_not_seen_and_what_is_not_released_is_not_free) {
  Pair pair;
  CHECK(pair.sender.put(Item::of(0)).value());
  CHECK_EQ(pair.receiver.fresh().value(), 0u);
  pair.sender.publish();
  CHECK_EQ(pair.receiver.take().value()->number, 0u);
  CHECK_EQ(pair.sender.fresh_room().value(), kEntries - 1);
  pair.receiver.release();
  CHECK_EQ(pair.sender.fresh_room().value(), kEntries);
}

TEST(a_stretch_ends_where_the_ring_ends) {
  Pair pair;
  pair.send(10);
  pair.receive(10);
  CHECK_EQ(pair.sender.reserve(10).value().size(), 6u);
  CHECK_EQ(pair.send(10), 10u);
  CHECK_EQ(pair.receiver.peek(10).value().size(), 6u);
}

TEST(the_peer_is_looked_at_only_when_that_can_matter) {
  Pair pair;
  pair.send(2);
  CHECK_EQ(pair.receiver.there().value(), 2u);
  pair.send(2);
  // Of the two that are known one is enough.
  CHECK_EQ(pair.receiver.there(1).value(), 2u);
  CHECK_EQ(pair.receiver.there(3).value(), 4u);
}

TEST(a_wake_is_asked_for_once) {
  Pair pair;
  CHECK(!pair.sender.should_wake());
  pair.receiver.prepare_sleep();
  CHECK(pair.sender.should_wake());
  CHECK(!pair.sender.should_wake());
  pair.receiver.prepare_sleep();
  pair.receiver.awake();
  CHECK(!pair.sender.should_wake());
  pair.sender.prepare_sleep();
  CHECK(pair.receiver.should_wake());
}

TEST(regions_that_cannot_be_used) {
  const auto region = std::make_unique<Region>();
  const auto bytes = std::span(region->bytes);
  CHECK(!Queue::over({}, 16));
  CHECK(!Queue::over(bytes, 0));
  CHECK(!Queue::over(bytes, 12));
  CHECK(!Queue::over(bytes, 256));
  CHECK(!Queue::over(bytes.subspan(8), 16));
  CHECK(!Queue::over(bytes, std::uint64_t{1} << 60));
  CHECK(Queue::over(bytes.first(256 + 16 * 16), 16).has_value());
}

TEST(an_index_that_makes_no_sense_is_an_error_and_changes_nothing) {
  Pair pair;
  pair.send(5);
  pair.receive(2);
  auto& header = pair.region->queue().header();
  for (const std::uint64_t lie : {std::uint64_t{1}, std::uint64_t{19}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    header.tail.value = lie;
    CHECK(pair.receiver.fresh() == std::unexpected(RingError::bad_peer));
  }
  header.tail.value = 18;
  CHECK_EQ(pair.receiver.fresh().value(), 16u);
  CHECK_EQ(pair.sender.fresh_room().value(), 13u);
  // Back again, or beyond what was sent.
  for (const std::uint64_t lie : {std::uint64_t{1}, std::uint64_t{6}, ~std::uint64_t{0}}) {
    header.head.value = lie;
    CHECK(pair.sender.fresh_room() == std::unexpected(RingError::bad_peer));
  }
  header.head.value = 3;
  CHECK_EQ(pair.sender.fresh_room().value(), 14u);
}

TEST(indices_may_wrap_around) {
  const auto region = std::make_unique<Region>();
  const std::uint64_t start = ~std::uint64_t{0} - 5;
  region->queue().header().tail.value = region->queue().header().head.value = start;
  Sender sender(region->queue(), start);
  Receiver receiver(region->queue(), start);
  for (std::uint64_t number = 0; number < 40; ++number) {
    CHECK(sender.put(Item::of(number)).value());
    sender.publish();
    CHECK_EQ(receiver.take().value()->number, number);
    receiver.release();
  }
}

TEST(random_operations_do_what_a_deque_does) {
  test::Random random("queue against a deque");
  Pair pair;
  std::deque<std::uint64_t> filled, published, taken;  // not yet shown; shown; taken but not released
  std::uint64_t next = 0;
  for (unsigned step = 0; step < 100'000; ++step) {
    const std::uint64_t in_use = filled.size() + published.size() + taken.size();
    switch (random.below(8)) {
      case 0:
      case 1: {
        const bool done = pair.sender.put(Item::of(next)).value();
        CHECK_EQ(done, in_use < kEntries);
        if (done) filled.push_back(next++);
        break;
      }
      case 2: {
        const std::uint64_t wanted = random.below(kEntries) + 1;
        const auto places = pair.sender.reserve(wanted).value();
        CHECK(places.size() <= std::min(wanted, kEntries - in_use));
        CHECK_EQ(places.empty(), in_use == kEntries);
        for (auto& place : places) {
          place.store(Item::of(next));
          filled.push_back(next++);
        }
        pair.sender.filled(places.size());
        break;
      }
      case 3:
        CHECK_EQ(pair.sender.publish(), !filled.empty());
        published.insert(published.end(), filled.begin(), filled.end());
        filled.clear();
        break;
      case 4:
      case 5: {
        const auto item = pair.receiver.take().value();
        CHECK_EQ(item.has_value(), !published.empty());
        if (!item || published.empty()) break;
        CHECK_EQ(item->number, published.front());
        CHECK(item->fine());
        taken.push_back(published.front());
        published.pop_front();
        break;
      }
      case 6: {
        const auto items = pair.receiver.peek(random.below(kEntries) + 1).value();
        CHECK(items.size() <= published.size());
        CHECK_EQ(items.empty(), published.empty());
        const std::uint64_t count = items.empty() ? 0 : random.below(items.size() + 1);
        for (const auto& item : items.first(count)) {
          CHECK_EQ(item.load().number, published.front());
          taken.push_back(published.front());
          published.pop_front();
        }
        pair.receiver.taken(count);
        break;
      }
      default:
        pair.receiver.release();
        taken.clear();
        break;
    }
    if (test::failures() != 0) return;
  }
}

// Between operations the peer writes what it likes: every answer stays within bounds.
TEST(a_hostile_peer_gets_nothing_but_errors) {
  test::Random random("queue and a hostile peer");
  unsigned errors = 0, fine = 0;
  for (unsigned round = 0; round < 500; ++round) {
    const auto region = std::make_unique<Region>();
    Sender sender(region->queue());
    Receiver receiver(region->queue());
    test::Hostile hostile(std::span(region->bytes).first(Queue::bytes_for(kEntries)));
    for (unsigned step = 0; step < 100; ++step) {
      if (random.one_in(3)) hostile.scribble(random);
      if (random.one_in(2)) {
        const auto places = sender.reserve(random.below(40));
        places ? ++fine : ++errors;
        if (!places) continue;
        CHECK(places->size() <= kEntries);
        for (auto& place : *places) place.store(Item::of(step));
        sender.filled(places->size());
        sender.publish();
        (void)sender.should_wake();
      } else {
        const auto items = receiver.peek(random.below(40));
        items ? ++fine : ++errors;
        if (!items) continue;
        CHECK(items->size() <= kEntries);
        for (const auto& item : *items) (void)item.load();
        receiver.taken(items->size());
        receiver.release();
        (void)receiver.should_wake();
      }
    }
  }
  CHECK(errors > 300 && fine > 300);
}

// The same from a thread of its own, in the middle of operations.
TEST(a_hostile_thread_gets_nothing_but_errors) {
  const auto region = std::make_unique<Region>();
  std::atomic<bool> done{false};
  std::thread enemy([&] {
    test::Random random("hostile thread");
    test::Hostile hostile(std::span(region->bytes).first(Queue::bytes_for(kEntries)), sizeof(ring::QueueHeader));
    while (!done.load()) hostile.scribble(random);
  });
  for (unsigned round = 0; round < 300; ++round) {
    Sender sender(region->queue(), round);
    Receiver receiver(region->queue(), round);
    for (unsigned step = 0; step < 300; ++step) {
      if (sender.put(Item::of(step)).value_or(false)) sender.publish();
      (void)sender.should_wake();
      (void)receiver.take();
      receiver.release();
      receiver.prepare_sleep();
      receiver.awake();
    }
  }
  done.store(true);
  enemy.join();
}

// Each side sleeps only after it said so; a lost wake would hang the test.
TEST(two_threads_pass_batches) {
  test::Random random("two threads");
  const auto region = std::make_unique<Region>();
  constexpr std::uint64_t kTotal = 100'000;
  test::Wake data, room;
  const std::uint64_t seed = random.next();
  std::thread producer([&] {
    std::mt19937_64 sizes(seed);
    Sender sender(region->queue());
    for (std::uint64_t sent = 0; sent < kTotal;) {
      const auto places = sender.reserve(std::min(sizes() % 20 + 1, kTotal - sent)).value();
      if (places.empty()) {
        sender.prepare_sleep();
        if (sender.fresh_room().value() == 0) room.wait();
        sender.awake();
        continue;
      }
      for (auto& place : places) place.store(Item::of(sent++));
      sender.filled(places.size());
      sender.publish();
      if (sender.should_wake()) data.raise();
    }
  });
  Receiver receiver(region->queue());
  std::uint64_t received = 0, wrong = 0;
  while (received < kTotal) {
    const auto items = receiver.peek(random.below(20) + 1).value();
    if (items.empty()) {
      receiver.prepare_sleep();
      if (receiver.fresh().value() == 0) data.wait();
      receiver.awake();
      continue;
    }
    for (const auto& item : items) {
      const Item copy = item.load();
      if (copy.number != received++ || !copy.fine()) ++wrong;
    }
    receiver.taken(items.size());
    receiver.release();
    if (receiver.should_wake()) room.raise();
  }
  producer.join();
  CHECK_EQ(wrong, 0u);
}
