// SPDX-License-Identifier: Apache-2.0
#include "hosted.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "kernel/ipc/calls.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/interrupt.hpp"
#include "kernel/object/io_ports.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/guest_end.hpp"
#include "kernel/sched/urgency.hpp"

namespace tessera::nucleus::arch {

namespace {
struct Cpu {
  Core core;
  std::atomic<bool> asked{false};              // by another core, to come to the nucleus
  std::uint64_t alarm = ~std::uint64_t{0};     // when its timer fires
};
constexpr std::uint64_t kTicksPerLook = 500;

Cpu first;
std::array<std::unique_ptr<Cpu>, kMostCores> others;  // by number
thread_local Cpu* own = &first;
// Relaxed: a clock that put the cores' accesses in an order would hide their races.
std::atomic<std::uint64_t> now;
unsigned preemptions;
std::array<Interrupt*, 16> interrupts;
std::array<bool, 16> mutes;
std::string text;
void (*watch)() = nullptr;

Cpu& cpu(unsigned number) { return number == 0 ? first : *others.at(number); }

// What the core's interrupt handlers do. True: there was one.
bool take_interrupts() {
  const bool asked = own->asked.exchange(false, std::memory_order_relaxed);
  const bool due = now_ticks() >= own->alarm;
  if (!asked && !due) return false;
  const Holding hold(object_lock);
  if (due) {
    own->alarm = ~std::uint64_t{0};
    handle_timer();
  }
  if (asked) {
    share_core();
    update_timer();
  }
  return true;
}
}  // namespace

CoreBlock* core_block() { return &own->core.block; }
PhysAddr current_root() { return own->core.block.root; }
static void load_root(PhysAddr root) { __atomic_store_n(&own->core.block.root.value, root.value, __ATOMIC_RELAXED); }
void leave_address_space() { load_root({}); }
void leave_core() { leave_address_space(); }
std::uint64_t now_ticks() {
  return several_cores ? now.fetch_add(kTicksPerLook, std::memory_order_relaxed) : now.load(std::memory_order_relaxed);
}
void arm_timer(std::uint64_t deadline_ticks) { own->alarm = deadline_ticks; }
void interrupt_core(unsigned number) { cpu(number).asked.store(true, std::memory_order_relaxed); }
void relax() {
  if (watch != nullptr) return watch();
  std::this_thread::yield();
}
void activate(Thread& thread) {
  const AddressSpace& space = thread.guest_space != nullptr ? *thread.guest_space : *thread.space;
  load_root(thread.in_guest ? space.guest_root() : space.host_root());
}

abi::Error guest_run(Thread& thread, AddressSpace& space) {
  if (thread.guest == nullptr || space.host() == nullptr || space.host() != thread.space || space.dying) {
    return abi::Error::not_configured;
  }
  thread.set_guest_space(&space);
  thread.in_guest = !thread.asked.kicked;
  thread.resume = Resume::guest;
  if (thread.asked.kicked) end_guest_run(thread, abi::GuestExit::kick);
  thread.asked.kicked = false;
  activate(thread);
  return thread.in_guest && thread.asked.paced && must_give_way(thread) ? abi::Error::busy : abi::Error::ok;
}
void leave_guest(Thread& thread, abi::GuestExit reason) {
  end_guest_run(thread, reason);
  activate(thread);
}

void idle() {
  if (several_cores) {
    while (!take_interrupts()) relax();
    return;
  }
  // Nothing else would ever wake the core: the test ran into a deadlock.
  const TimerNode* next = first.core.timers.first();
  if (next == nullptr) {
    std::fputs("hosted: every thread waits and no timer is armed\n", stderr);
    std::abort();
  }
  now = std::max<std::uint64_t>(now, next->deadline);
  handle_timer();
}

void preemption_window() {
  if (several_cores) (void)take_interrupts();
  if (preemptions == 0) return;
  --preemptions;
  own->core.reschedule = true;
}

std::expected<InterruptRoute, abi::Error> allocate_interrupt(std::uint64_t, std::uint64_t) {
  for (std::uint16_t vector = 0; vector < interrupts.size(); ++vector) {
    if (interrupts[vector] == nullptr) return InterruptRoute{.vector = vector, .message_address = 0, .message_data = vector};
  }
  return std::unexpected(abi::Error::no_memory);
}
void connect_interrupt(Interrupt& interrupt) { interrupts[interrupt.vector] = &interrupt; }
void release_interrupt(Interrupt& interrupt) { interrupts[interrupt.vector] = nullptr; }
void mute_interrupt(const Interrupt& interrupt, bool muted) { mutes[interrupt.vector] = muted; }
bool ports_reserved(std::uint64_t first_port, std::uint64_t last_port) { return first_port <= 0x21 && last_port >= 0x20; }
std::uint32_t port_read(std::uint16_t, unsigned) { return 0; }
void port_write(std::uint16_t, unsigned, std::uint32_t) {}
void log_byte(std::uint8_t byte) { text.push_back(static_cast<char>(byte)); }
void power_off() {
  std::fputs(text.c_str(), stderr);
  std::abort();
}

namespace hosted {

static void make_new(Cpu& made, unsigned number) {
  std::destroy_at(&made);
  std::construct_at(&made);
  made.core.number = static_cast<std::uint16_t>(number);
  made.core.halted = number != 0;  // off
}

void reset() {
  now = 0;
  preemptions = 0;
  interrupts = {};
  mutes = {};
  text.clear();
  for (unsigned number = 0; number < std::max(core_count(), 1u); ++number) make_new(cpu(number), number);
  if (core_count() == 0) add_core(first.core);
}
void advance_in_window(std::uint64_t ns) {
  now += ns;
  handle_timer();
}
void advance(std::uint64_t ns) {
  advance_in_window(ns);
  const Holding hold(object_lock);
  schedule_if_asked(first.core);
}
void interrupt_at_preemption(unsigned count) { preemptions = count; }
unsigned interrupts_left() { return preemptions; }
void interrupt(unsigned vector) {
  const Holding hold(object_lock);
  if (Interrupt* device = interrupts[vector]; device != nullptr && admit(*device)) {
    if (try_raise_and_switch(device->target)) return;
    raise_target(device->target);
  }
  schedule_if_asked(this_core());
}
std::string& log_text() { return text; }
bool muted(unsigned vector) { return mutes[vector]; }
void watch_waiting(void (*look)()) { watch = look; }

void start_cores(unsigned count) {
  if (core_count() == 0) reset();
  for (unsigned number = core_count(); number < count; ++number) {
    others.at(number) = std::make_unique<Cpu>();
    make_new(*others.at(number), number);
    add_core(others.at(number)->core);
  }
}
void switch_on(unsigned number) {
  own = &cpu(number);
  const Holding hold(object_lock);
  own->core.charged_until = now_ticks();
  schedule();
}
void switch_off() {
  {
    const Holding hold(object_lock);
    Core& core = this_core();
    if (Thread* thread = core.current()) {
      charge(core);
      core.set_current(nullptr);
      make_ready_first(*thread);
    }
    leave_core();
    core.halted = true;
  }
  own = &first;
}
void user_mode() {
  Core& core = this_core();
  if (!core.current()->in_guest) core.current()->resume = Resume::full;
  if (!take_interrupts()) return;
  const Holding hold(object_lock);
  serve_kick(core);
  schedule_if_asked(core);
}
void leave_guest() {
  Thread& thread = *this_core().current();
  arch::leave_guest(thread, abi::GuestExit::syscall);
}
void fault(std::uint64_t address) {
  static constexpr std::uint64_t kPageFault = 14;
  Core& core = this_core();
  Thread& thread = *core.current();
  thread.resume = Resume::full;
  const Holding hold(object_lock);
  // Halted meanwhile: if the thread goes on, the same happens again.
  if (!core.was_halted) deliver_fault(thread, kPageFault, 0, address);
  schedule_if_asked(core);
}

}  // namespace hosted
}  // namespace tessera::nucleus::arch
