// SPDX-License-Identifier: Apache-2.0
#include "hosted.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "kernel/memory/address_space.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/scheduler.hpp"

namespace tessera::nucleus::arch {

namespace {
Core core;
std::uint64_t now;
unsigned preemptions;
std::array<Interrupt*, 16> interrupts;
std::string text;
}  // namespace

CoreBlock* core_block() { return &core.block; }
PhysAddr current_root() { return core.block.root; }
void leave_address_space() { core.block.root = {}; }
void leave_core() { leave_address_space(); }
std::uint64_t now_ticks() { return now; }
void activate(Thread& thread) {
  const AddressSpace& space = thread.guest_space != nullptr ? *thread.guest_space : *thread.space;
  core.block.root = thread.in_guest ? space.guest_root() : space.host_root();
}
void kick(Thread& thread) { thread.kicked = true; }

// Nothing else would ever wake the core: the test ran into a deadlock.
void idle() {
  const TimerNode* first = core.timers.first();
  if (first == nullptr) {
    std::fputs("hosted: every thread waits and no timer is armed\n", stderr);
    std::abort();
  }
  now = first->deadline > now ? first->deadline : now;
  handle_timer();
}

void preemption_window() {
  if (preemptions == 0) return;
  --preemptions;
  core.reschedule = true;
}

std::expected<InterruptRoute, abi::Error> allocate_interrupt(std::uint64_t, std::uint64_t) {
  for (std::uint16_t vector = 0; vector < interrupts.size(); ++vector) {
    if (interrupts[vector] == nullptr) return InterruptRoute{.vector = vector, .message_address = 0, .message_data = vector};
  }
  return std::unexpected(abi::Error::no_memory);
}
void connect_interrupt(Interrupt& interrupt) { interrupts[interrupt.vector] = &interrupt; }
void release_interrupt(Interrupt& interrupt) { interrupts[interrupt.vector] = nullptr; }
void log_byte(std::uint8_t byte) { text.push_back(static_cast<char>(byte)); }
void power_off() {
  std::fputs(text.c_str(), stderr);
  std::abort();
}

namespace hosted {

void reset() {
  std::destroy_at(&core);
  std::construct_at(&core);
  now = 0;
  preemptions = 0;
  interrupts = {};
  text.clear();
  static const bool known = (add_core(core), true);
  (void)known;
}
void advance_in_window(std::uint64_t ns) {
  now += ns;
  handle_timer();
}
void advance(std::uint64_t ns) {
  advance_in_window(ns);
  const Holding hold(object_lock);
  if (core.reschedule || core.current() == nullptr) schedule();
}
void interrupt_at_preemption(unsigned count) { preemptions = count; }
unsigned interrupts_left() { return preemptions; }
void interrupt(unsigned vector) {
  const Holding hold(object_lock);
  if (interrupts[vector] != nullptr) raise_target(interrupts[vector]->target);
  if (core.reschedule || core.current() == nullptr) schedule();
}
std::string& log_text() { return text; }

}  // namespace hosted
}  // namespace tessera::nucleus::arch
