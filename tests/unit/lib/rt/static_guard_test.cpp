// SPDX-License-Identifier: Apache-2.0
// Threads that come to a static object at once: one makes it, and all others see all of it.
#include "lib/rt/static_guard.hpp"

#include <array>
#include <thread>
#include <vector>

#include "tests/support/check.hpp"

namespace tessera::rt {

TEST(one_makes_it_and_all_see_it) {
  constexpr std::size_t kThreads = 4, kObjects = 2000;
  struct Object {
    StaticGuard guard;
    unsigned made = 0;  // plain: the thread sanitizer sees who does not wait
  };
  std::vector<Object> objects(kObjects);
  std::array<std::size_t, kThreads> seen{};
  std::vector<std::thread> threads;
  for (std::size_t& mine : seen) {
    threads.emplace_back([&] {
      for (Object& object : objects) {
        if (object.guard.acquire([] { std::this_thread::yield(); })) {
          ++object.made;
          object.guard.release();
        }
        mine += object.made;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::size_t count : seen) CHECK_EQ(count, kObjects);
}

}  // namespace tessera::rt
