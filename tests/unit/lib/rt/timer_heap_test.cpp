// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/timer_heap.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "tests/support/check.hpp"
#include "tests/unit/lib/ring/random.hpp"

using tessera::rt::TimerHeap;
using tessera::rt::TimerNode;

TEST(random_timers_come_as_from_a_sorted_map) {
  tessera::test::Random random("timers");
  TimerHeap heap;
  std::vector<TimerNode> nodes(2000);
  std::vector<TimerNode*> unused;
  for (TimerNode& node : nodes) unused.push_back(&node);
  std::map<std::pair<std::uint64_t, std::uint64_t>, TimerNode*> model;  // deadline and insertion
  std::vector<std::pair<std::uint64_t, std::uint64_t>> keys;
  std::uint64_t inserted = 0;
  for (unsigned step = 0; step < 200'000; ++step) {
    const auto drop = [&](auto at) {
      heap.remove(*at->second);
      unused.push_back(at->second);
      model.erase(at);
    };
    if (!unused.empty() && random.below(5) < 3) {
      TimerNode* const node = unused.back();
      unused.pop_back();
      node->deadline_ns = random.below(random.one_in(2) ? 50 : 1'000'000);
      heap.insert(*node);
      model.emplace(std::pair(node->deadline_ns, inserted), node);
      keys.emplace_back(node->deadline_ns, inserted++);
    } else if (random.one_in(2) && !model.empty()) {
      drop(model.begin());
    } else if (!keys.empty()) {
      std::swap(keys[random.below(keys.size())], keys.back());
      if (const auto at = model.find(keys.back()); at != model.end()) drop(at);
      keys.pop_back();
    }
    CHECK_EQ(heap.size(), model.size());
    CHECK(heap.first() == (model.empty() ? nullptr : model.begin()->second));
    if (tessera::test::failures() != 0) return;
  }
}

// Were an insertion linear, each of these would take 100,000 steps: 10^10 in all.
TEST(a_hundred_thousand_timers_in_any_order) {
  for (const unsigned order : {0u, 1u, 2u}) {
    TimerHeap heap;
    std::vector<TimerNode> nodes(100'000);
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      nodes[i].deadline_ns = order == 0 ? i : order == 1 ? nodes.size() - i : i * 7919 % nodes.size();
      heap.insert(nodes[i]);
    }
    std::uint64_t last = 0;
    while (TimerNode* const first = heap.first()) {
      CHECK(first->deadline_ns >= last);
      last = first->deadline_ns;
      heap.remove(*first);
    }
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  }
}
