// SPDX-License-Identifier: Apache-2.0
// A hundred thousand tasks at a time in one component: a third waits for an event, a third for a
// signal, a third for times of their own. Rows: nanoseconds (instructions under the instruction clock) and
// bytes a task. Fails when one of them is not woken, or not as it should be.
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/signal.hpp"
#include "lib/rt/thread_block.hpp"

namespace {

namespace rt = tessera::rt;
namespace abi = tessera::abi;

constexpr std::uint64_t kTasks = 100'000, kRequests = 20'000;
constexpr unsigned kBit = 5;

struct World {
  rt::Executor& executor;
  rt::Signal signal;
  std::uint64_t woken = 0, cancelled = 0;
  void count(const rt::WaitResult& done) { ++(done ? woken : cancelled); }
};

void report(std::string_view name, std::uint64_t count, std::uint64_t total) { rt::log("{}\t{}\t{}", name, count, (total + count / 2) / count); }

rt::Task<> wait_for_event(World& world) { world.count(co_await world.executor.event(kBit)); }
rt::Task<> wait_for_signal(World& world) { world.count(co_await world.signal.wait()); }
rt::Task<> wait_for_time(World& world, std::uint64_t deadline) { world.count(co_await world.executor.sleep_until(deadline)); }

// Times from `after` on, in no order.
void spawn_all(World& world, rt::Scope& scope, std::uint64_t after) {
  for (std::uint64_t i = 0; i < kTasks; ++i) {
    switch (i % 3) {
      case 0: scope.spawn(wait_for_event(world)); break;
      case 1: scope.spawn(wait_for_signal(world)); break;
      default: scope.spawn(wait_for_time(world, after + i * 7919 % kTasks)); break;
    }
  }
}

rt::Task<> wake_all(World& world, rt::Handle own) {
  rt::Scope scope(world.executor);
  std::uint64_t start = rt::now_ns();
  spawn_all(world, scope, start + 1);
  report("task-spawn-and-wait", kTasks, rt::now_ns() - start);
  report("task-bytes", kTasks, world.executor.frames().slab_bytes());
  if (scope.running() != kTasks) rt::panic("tasks ended before they were woken");
  start = rt::now_ns();
  world.signal.raise();
  (void)rt::notify(own);
  co_await scope.join();
  report("task-wake-and-end", kTasks, rt::now_ns() - start);
}

// The same once more, with nothing but cancellation to end them: frames are there already.
rt::Task<> cancel_all(World& world) {
  constexpr std::uint64_t kNever = ~std::uint64_t{0} / 2;
  const std::size_t before = world.executor.frames().slab_bytes();
  rt::Scope scope(world.executor);
  std::uint64_t start = rt::now_ns();
  spawn_all(world, scope, kNever);
  report("task-spawn-again", kTasks, rt::now_ns() - start);
  start = rt::now_ns();
  scope.cancel();
  co_await scope.join();
  report("task-cancel-and-end", kTasks, rt::now_ns() - start);
  if (world.executor.frames().slab_bytes() != before) rt::panic("tasks that ended left frames");
}

// A request: a task of its own that waits once for another.
rt::Task<> request(rt::Signal& asked, rt::Signal& answered) {
  asked.raise();
  (void)co_await answered.wait();
}
rt::Task<> answer(rt::Signal& asked, rt::Signal& answered) {
  while (co_await asked.wait()) answered.raise();
}
rt::Task<> requests(rt::Executor& executor) {
  rt::Signal asked, answered;
  rt::Scope server(executor);
  server.spawn(answer(asked, answered));
  const std::uint64_t start = rt::now_ns();
  for (std::uint64_t i = 0; i < kRequests; ++i) co_await request(asked, answered);
  report("task-request", kRequests, rt::now_ns() - start);
  server.cancel();
  co_await server.join();
}

rt::Task<> run_all(World& world, rt::Handle own) {
  co_await wake_all(world, own);
  if (world.woken != kTasks || world.cancelled != 0) rt::panic("not every task was woken");
  co_await cancel_all(world);
  if (world.woken != kTasks || world.cancelled != kTasks) rt::panic("not every task was told to end");
  co_await requests(world.executor);
}

}  // namespace

int component_main(const rt::Start& start) {
  start.ready();
  const rt::Handle wake = rt::current().notification;
  const auto own = rt::objects().copy(wake, abi::kRightWrite, std::uint64_t{1} << kBit);
  if (!own) rt::panic("no notification to wake itself");
  rt::Executor executor(wake);
  World world{.executor = executor, .signal = {}};
  executor.run(run_all(world, *own));
  return 0;
}
