// SPDX-License-Identifier: Apache-2.0
// The ready queue against a map of deques.
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "kernel/sched/ready_queue.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/random.hpp"

namespace tessera::nucleus::test {

TEST(ready_queue_agrees_with_a_map_of_deques) {
  Random random(seed_or(2));
  for (unsigned round = 0; round < 10; ++round) {
    ReadyQueue queue;
    std::map<unsigned, std::deque<Thread*>> model;
    std::vector<std::unique_ptr<Thread>> threads;
    for (unsigned i = 0; i < 64; ++i) threads.push_back(std::make_unique<Thread>());
    std::vector<bool> queued(threads.size());
    for (unsigned step = 0; step < 5000; ++step) {
      const std::size_t which = random.below(threads.size());
      Thread& thread = *threads[which];
      if (queued[which]) {
        std::deque<Thread*>& line = model[thread.effective_priority];
        std::erase(line, &thread);
        if (line.empty()) model.erase(thread.effective_priority);
        queue.remove(thread);
      } else {
        thread.effective_priority = static_cast<std::uint8_t>(random.one_in(2) ? random.below(256) : random.below(4) * 64 + 63);
        if (random.one_in(2)) {
          queue.push_back(thread);
          model[thread.effective_priority].push_back(&thread);
        } else {
          queue.push_front(thread);
          model[thread.effective_priority].push_front(&thread);
        }
      }
      queued[which] = !queued[which];
      CHECK_EQ(queue.highest(), model.empty() ? -1 : static_cast<int>(model.rbegin()->first));
      for (const auto& [priority, line] : model) CHECK_EQ(queue.front(priority), line.front());
    }
    while (queue.highest() >= 0) {
      Thread& first = *queue.front(static_cast<unsigned>(queue.highest()));
      CHECK_EQ(&first, model.rbegin()->second.front());
      queue.remove(first);
      model.rbegin()->second.pop_front();
      if (model.rbegin()->second.empty()) model.erase(model.rbegin()->first);
    }
    CHECK(model.empty());
  }
}

}  // namespace tessera::nucleus::test
