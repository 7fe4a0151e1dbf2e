// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/linux_fs/fake_threads.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "components/linux/core/aside.hpp"
#include "lib/rt/mutex.hpp"

namespace {

struct Member {
  std::function<bool()> ready;
  bool ended = false;
  bool rung = false;
  std::condition_variable turn;
};

struct Crew {
  std::mutex mutex;  // held by who runs
  std::vector<std::unique_ptr<Member>> members;
  std::function<std::size_t(std::size_t)> choose;
  Member* running = nullptr;
  Member* lock_holder = nullptr;
};
Crew* crew = nullptr;  // null: there is but the test's own thread

// The crew's mutex is held. Null: all have ended.
Member* next_to_run() {
  std::vector<Member*> able;
  bool all_ended = true;
  for (const auto& one : crew->members) {
    if (one->ended) continue;
    all_ended = false;
    if (one->ready()) able.push_back(one.get());
  }
  if (all_ended) return nullptr;
  if (able.empty()) {
    std::fputs("every thread waits for another one\n", stderr);
    std::abort();
  }
  return able[crew->choose(able.size())];
}

void wait_turn(std::unique_lock<std::mutex>& held, Member& self) {
  self.turn.wait(held, [&] { return crew->running == &self; });
}

void pass_on(Member* next) {
  crew->running = next;
  if (next != nullptr) next->turn.notify_one();
}

void take_lock() {
  fake::give_way([] { return crew->lock_holder == nullptr; });
  crew->lock_holder = crew->running;
}

}  // namespace

void fake::give_way(const std::function<bool()>& ready) {
  if (crew == nullptr) {
    if (ready()) return;
    std::fputs("the only thread waits for another one\n", stderr);
    std::abort();
  }
  Member& self = *crew->running;
  self.ready = ready;
  Member* const next = next_to_run();
  if (next == &self) return;
  std::unique_lock<std::mutex> held(crew->mutex, std::adopt_lock);
  pass_on(next);
  wait_turn(held, self);
  (void)held.release();
}

void fake::run_threads(std::vector<std::function<void()>> bodies, std::function<std::size_t(std::size_t)> choose) {
  Crew one;
  one.choose = std::move(choose);
  crew = &one;
  std::vector<std::thread> threads;
  {
    std::unique_lock<std::mutex> held(one.mutex);
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      one.members.push_back(std::make_unique<Member>());
      one.members.back()->ready = [] { return crew->lock_holder == nullptr; };
    }
    for (std::size_t i = 0; i < bodies.size(); ++i)
      threads.emplace_back([&self = *one.members[i], body = std::move(bodies[i])] {
        {
          std::unique_lock<std::mutex> mine(crew->mutex);
          wait_turn(mine, self);
          (void)mine.release();
        }
        crew->lock_holder = &self;
        body();
        crew->lock_holder = nullptr;
        self.ended = true;
        std::unique_lock<std::mutex> mine(crew->mutex, std::adopt_lock);
        pass_on(next_to_run());
      });
    pass_on(next_to_run());
  }
  for (std::thread& thread : threads) thread.join();
  crew = nullptr;
}

namespace tessera::lx {

Aside::Aside(Hold hold) : hold_(hold) {
  if (hold_ == Hold::keep || crew == nullptr) return;
  crew->lock_holder = nullptr;
  fake::give_way();
}
Aside::~Aside() {
  if (hold_ == Hold::leave && crew != nullptr) take_lock();
}

Bell own_bell() { return Bell{reinterpret_cast<std::uintptr_t>(crew != nullptr ? crew->running : nullptr)}; }
void ring_bell(Bell bell) { reinterpret_cast<Member*>(static_cast<std::uintptr_t>(bell))->rung = true; }
void await_bell() {
  Member* const self = crew->running;
  fake::give_way([self] { return self->rung; });
  self->rung = false;
}

}  // namespace tessera::lx

// Locks of threads of which one runs at a time, none of which waits with one held, are always free.
namespace tessera::rt {
void Mutex::lock_slowly(Take, bool) { std::abort(); }
bool Mutex::take(std::uint32_t) { std::abort(); }
void Mutex::wake() { std::abort(); }
void LazyNotification::retire() {}  // it never had anything to give back
}  // namespace tessera::rt
