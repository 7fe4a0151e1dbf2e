// SPDX-License-Identifier: Apache-2.0
// The timer queue against std::multimap.
#include <cstdio>
#include <map>
#include <vector>

#include "kernel/sched/timer_queue.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

static unsigned check_heap(const TimerNode* node, const TimerNode* parent, bool& good) {
  if (node == nullptr) return 0;
  const auto rank = [](const TimerNode* at) { return at == nullptr ? 0u : at->rank; };
  good = good && node->queued && node->parent == parent && (parent == nullptr || parent->deadline <= node->deadline);
  good = good && rank(node->left) >= rank(node->right) && node->rank == rank(node->right) + 1;
  return 1 + check_heap(node->left, node, good) + check_heap(node->right, node, good);
}

TEST(timer_queue_agrees_with_a_multimap) {
  const std::uint64_t seed = seed_or(1);
  Random random(seed);
  for (unsigned round = 0; round < 20; ++round) {
    TimerQueue queue;
    std::multimap<std::uint64_t, TimerNode*> model;
    std::vector<TimerNode> nodes(1 + random.below(200), TimerNode{TimerNode::Kind::timer_object});
    const auto forget = [&](TimerNode& node) {
      std::erase_if(model, [&](const auto& pair) { return pair.second == &node; });
    };
    for (unsigned step = 0; step < 2000; ++step) {
      TimerNode& node = nodes[random.below(nodes.size())];
      if (random.one_in(3)) {
        queue.remove(node);
        forget(node);
      } else if (random.one_in(3) && queue.first() != nullptr) {
        TimerNode& first = *queue.first();
        CHECK_EQ(first.deadline, model.begin()->first);
        queue.remove(first);
        forget(first);
      } else {
        const std::uint64_t deadline = random.below(random.one_in(2) ? 10 : 1'000'000);
        forget(node);
        queue.insert(node, deadline);
        model.emplace(deadline, &node);
      }
      CHECK_EQ(queue.first() == nullptr, model.empty());
      if (!model.empty()) CHECK_EQ(queue.first()->deadline, model.begin()->first);
      if (step % 16 == 0) {
        bool good = true;
        CHECK_EQ(check_heap(queue.first(), nullptr, good), model.size());
        CHECK(good);
      }
    }
    std::uint64_t last = 0;
    while (TimerNode* first = queue.first()) {
      CHECK(first->deadline >= last);
      last = first->deadline;
      queue.remove(*first);
    }
  }
  if (::tessera::test::failures() != 0) std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
}

// The path that is walked for each operation stays short, whatever the order of deadlines.
TEST(timer_queue_right_spines_are_short) {
  for (const bool rising : {true, false}) {
    TimerQueue queue;
    std::vector<TimerNode> nodes(4096, TimerNode{TimerNode::Kind::timer_object});
    for (std::uint64_t i = 0; i < nodes.size(); ++i) queue.insert(nodes[i], rising ? i : nodes.size() - i);
    unsigned spine = 0;
    for (const TimerNode* node = queue.first(); node != nullptr; node = node->right) ++spine;
    CHECK(spine <= 13);
  }
}

}  // namespace tessera::nucleus::test
