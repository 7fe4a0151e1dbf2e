// SPDX-License-Identifier: Apache-2.0
// FutexTable against lists of waiters in order.
#include <algorithm>
#include <memory>
#include <vector>

#include "components/linux/futex/table.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

std::vector<void*> woken;

struct Model {
  FutexWaiter* waiter;
  FutexKey key;
};

void against_model() {
  Random random(seed);
  FutexTable table([](void* owner) { woken.push_back(owner); });
  std::vector<Model> model;  // longest waiting first
  std::vector<std::unique_ptr<FutexWaiter>> all;
  const auto key = [&] {
    return FutexKey{.object = &woken, .offset = random.below(600) * 4};
  };
  for (int step = 0; step < 20000; ++step) {
    switch (random.below(4)) {
      case 0: case 1: {
        all.push_back(std::make_unique<FutexWaiter>());
        FutexWaiter& waiter = *all.back();
        waiter.key = key();
        waiter.bitset = static_cast<std::uint32_t>(random.next()) | 1u << random.below(32);
        waiter.owner = &waiter;
        table.add(waiter);
        model.push_back({&waiter, waiter.key});
        break;
      }
      case 2: {
        const FutexKey at = model.empty() || random.below(4) == 0 ? key() : model[static_cast<std::size_t>(random.below(model.size()))].key;
        const auto most = static_cast<std::size_t>(1 + random.below(3));
        const auto bits = static_cast<std::uint32_t>(random.next());
        std::vector<void*> expected;
        for (auto it = model.begin(); it != model.end() && expected.size() < most;) {
          if (it->key == at && (it->waiter->bitset & bits) != 0) {
            expected.push_back(it->waiter);
            it = model.erase(it);
          } else {
            ++it;
          }
        }
        woken.clear();
        CHECK(table.wake(at, most, bits) == expected.size());
        CHECK(woken == expected);
        for (void* const waiter : woken) CHECK(!static_cast<FutexWaiter*>(waiter)->queued);
        break;
      }
      default: {
        if (model.empty()) break;
        const auto index = static_cast<std::size_t>(random.below(model.size()));
        if (random.below(2) == 0) {  // its sleep timed out
          table.remove(*model[index].waiter);
          CHECK(!model[index].waiter->queued);
          table.remove(*model[index].waiter);  // nothing to do
          model.erase(model.begin() + static_cast<std::ptrdiff_t>(index));
          break;
        }
        const FutexKey from = model[index].key;
        const FutexKey to = key();
        const auto most = static_cast<std::size_t>(1 + random.below(3));
        std::vector<Model> moved;
        if (!(from == to)) {
          for (auto it = model.begin(); it != model.end() && moved.size() < most;) {
            if (it->key == from) {
              moved.push_back({it->waiter, to});
              it = model.erase(it);
            } else {
              ++it;
            }
          }
        }
        CHECK(table.requeue(from, to, most) == moved.size());
        model.insert(model.end(), moved.begin(), moved.end());
        break;
      }
    }
  }
}

}  // namespace

void futex_tests() { against_model(); }

}  // namespace tessera::lx::test
