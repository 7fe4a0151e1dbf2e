// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kernel/cores/host.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/support/check.hpp"

namespace tessera::nucleus {
extern "C" void nucleus_system_call(Thread& thread, std::uint64_t tag, std::uint64_t handle);
extern "C" bool nucleus_guest_run(Thread& thread, std::uint64_t handle);
}

namespace tessera::nucleus::test {

World::World(unsigned core_number) : cores(core_number), started(core_number), m({.untyped_bits = 23, .pool_pages = 32}) {
  for (unsigned i = 1; i < Machine::kThreads; ++i) CHECK(m.invoke(m.thread_caps.at(i), abi::ThreadMethod::suspend).ok());
  keepers.push_back(&m.parked());
  for (unsigned i = 0; i < cores; ++i) {
    budgets.push_back(make_budget(i));
    if (i > 0) keepers.push_back(make_thread(make_budget(i), 0).thread);
  }
}

std::uint64_t World::make_budget(unsigned core) {
  const std::uint64_t budget = m.make(ObjectType::budget);
  CHECK(m.invoke(budget, abi::BudgetMethod::configure, {core, kMs, kMs}).ok());
  return budget;
}

World::Made World::make_thread(std::uint64_t budget, std::uint8_t priority, std::uint64_t space) {
  Made made;
  made.cap = m.make(ObjectType::thread);
  made.thread = m.slot(made.cap).as<Thread>();
  const std::uint64_t page = m.make(ObjectType::memory, 12);
  CHECK(m.invoke(made.cap, abi::ThreadMethod::configure, {m.table_cap, space == 0 ? m.space_cap : space, page, 0, 0}).ok());
  CHECK(m.invoke(made.cap, abi::ThreadMethod::set_registers, {kHalf, kHalf, 0, 0}).ok());
  CHECK(m.invoke(made.cap, abi::ThreadMethod::schedule, {budget, priority}).ok());
  CHECK(m.invoke(made.cap, abi::ThreadMethod::resume).ok());
  return made;
}

void World::set_up() { CHECK(m.invoke(m.thread_caps[0], abi::ThreadMethod::schedule, {0, 1}).ok()); }

static void enter(Thread& thread) {
  const std::uint64_t tag = thread.frame.tag(), handle = thread.frame.badge_register;
  thread.frame.restarts = 0;
  if (static_cast<abi::Call>(tag & 0xff) == abi::Call::guest_run) {
    (void)nucleus_guest_run(thread, handle);
  } else {
    nucleus_system_call(thread, tag, handle);
  }
}

void start(Thread& thread, abi::Call number, std::uint64_t handle, std::span<const std::uint64_t> words, std::uint32_t label,
           std::uint64_t reply, unsigned capabilities, unsigned word_count) {
  thread.frame.words = {};
  std::copy_n(words.begin(), std::min<std::size_t>(words.size(), 8), thread.frame.words.begin());
  const std::uint64_t count = word_count == ~0u ? words.size() : word_count;
  const std::uint64_t tag = static_cast<std::uint64_t>(number) | count << 8 | std::uint64_t{capabilities} << 16 | std::uint64_t{label} << 32;
  thread.frame.tag_register = tag;
  thread.frame.badge_register = handle;
  thread.frame.reply_register = reply;
  enter(thread);
}

bool start_again(Thread& thread) {
  if (thread.frame.restarts == 0) return false;
  enter(thread);
  return true;
}

void await(const Thread& thread) {
  do arch::hosted::user_mode();
  while (this_core().current() != &thread);
}

Outcome call(Thread& thread, abi::Call number, std::uint64_t handle, Words words, std::uint32_t label, std::uint64_t reply) {
  await(thread);
  start(thread, number, handle, words, label, reply);
  do await(thread);
  while (start_again(thread));
  return read_outcome(thread);
}

void play(const std::vector<std::function<void()>>& bodies, const std::function<void()>& wake) {
  std::atomic<std::size_t> playing = bodies.size(), on = bodies.size() - 1;
  std::vector<std::thread> threads;
  for (unsigned number = 1; number < bodies.size(); ++number) {
    threads.emplace_back([&, number] {
      arch::hosted::switch_on(number);
      bodies.at(number)();
      --playing;
      while (playing != 0) arch::hosted::user_mode();
      arch::hosted::switch_off();
      --on;
    });
  }
  bodies.front()();
  --playing;
  // The others may be waiting for this core, or idle.
  while (on != 0) {
    arch::hosted::user_mode();
    if (wake) wake();
  }
  for (std::thread& thread : threads) thread.join();
}

// Reads what others write under the nucleus' locks, as the components' own guess would be.
#pragma clang attribute push(__attribute__((no_sanitize("thread"))), apply_to = function)
std::uint64_t peek(CapTable& table, std::uint64_t index) { return Handle::make(index, table.raw(index)->generation).value; }
ObjectType peek_type(CapTable& table, std::uint64_t index) { return table.raw(index)->type; }
#pragma clang attribute pop

}  // namespace tessera::nucleus::test
