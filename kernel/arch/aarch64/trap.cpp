// SPDX-License-Identifier: Apache-2.0
// Exceptions and interrupts, after the entry code has saved the registers. An exception's
// number is its class: ESR_EL1.EC (Arm ARM D17.2.37); its code is all of ESR_EL1.
#include "controller.hpp"
#include "device_map.hpp"
#include "guest.hpp"
#include "interrupts.hpp"
#include "kernel/ipc/calls.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/object/interrupt.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/guest_end.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

namespace {

constexpr std::uint64_t kUndefined = 0x00, kScalableVectors = 0x19, kMatrices = 0x1d, kInstructionAbort = 0x20, kDataAbort = 0x24;

bool is_memory_fault(std::uint64_t vector) { return vector == kInstructionAbort || vector == kDataAbort; }
bool is_translation_fault(std::uint64_t code) { return (code >> 2 & 15) == 1; }  // of any level

// What is masked is not there.
std::uint64_t class_of(std::uint64_t vector) { return vector == kScalableVectors || vector == kMatrices ? kUndefined : vector; }

void guest_exception(Thread& thread, std::uint64_t vector, std::uint64_t code, std::uint64_t address) {
  abi::GuestState& state = *thread.guest;
  state.vector = class_of(vector);
  state.fault_code = code;
  if (is_memory_fault(vector)) {
    state.fault_address = address;
    leave_guest(thread, abi::GuestExit::page_fault);
  } else {
    leave_guest(thread, abi::GuestExit::exception);
  }
}

// Another core may have been replacing the entry when this one looked for it: is the address mapped?
bool mapped_meanwhile(Thread& thread, std::uint64_t vector, std::uint64_t code, std::uint64_t address) {
  if (!several_cores || !is_memory_fault(vector) || !is_translation_fault(code) || this_core().was_halted) return false;
  const bool of_guest = thread.guest_space != nullptr && address < abi::kGuestLimit;
  const Spinning tables((of_guest ? thread.guest_space : thread.space)->tables);
  constexpr std::uint64_t kWriting = 1 << 6;
  if (vector == kDataAbort && (code & kWriting) != 0) {
    asm volatile("at s1e0w, %0; isb" ::"r"(address));
  } else {
    asm volatile("at s1e0r, %0; isb" ::"r"(address));
  }
  std::uint64_t found = 0;
  asm volatile("mrs %0, par_el1" : "=r"(found));
  return (found & 1) == 0;
}

void native_exception(Thread& thread, std::uint64_t vector, std::uint64_t code, std::uint64_t address) {
  thread.resume = Resume::full;
  if (vector == kDataAbort && thread.frame.pc() >= thread.fixup_start && thread.frame.pc() < thread.fixup_end &&
      address < abi::kGuestLimit) {
    thread.frame.counter = thread.fixup_target;
    std::get<16>(thread.frame.x) = address;
    std::get<17>(thread.frame.x) = code;
    return;
  }
  const Holding hold(object_lock);
  // Halted meanwhile: if the thread goes on, the same happens again.
  if (!this_core().was_halted && !mapped_meanwhile(thread, vector, code, address)) [[likely]] {
    deliver_fault(thread, class_of(vector), code, is_memory_fault(vector) ? address : 0);
  }
  schedule_if_asked(this_core());
}

void handle_trap(std::uint64_t vector, std::uint64_t code, std::uint64_t address) {
  Thread& thread = *this_core().current();
  if (thread.in_guest) {
    guest_exception(thread, vector, code, address);
  } else {
    native_exception(thread, vector, code, address);
  }
}

}  // namespace

extern "C" void nucleus_trap(std::uint64_t vector, std::uint64_t code, std::uint64_t address) {
  begin_stretch(this_core());
  handle_trap(vector, code, address);
  end_stretch(this_core());
}

static void handle_interrupts_of(Core& core) {
  Thread& thread = *core.current();
  if (thread.in_guest) {
    thread.guest->tpidr = read_thread_pointer();
  } else {
    thread.resume = Resume::full;
  }
  const Holding hold(object_lock);
  // Others that are pending come again behind the switch.
  if (const Interrupt* device = handle_interrupts()) {
    if (try_raise_and_switch(device->target)) [[likely]] return;
    raise_target(device->target);
  }
  serve_kick(core);
  schedule_if_asked(core);
}

extern "C" void nucleus_interrupt() {
  Core& core = this_core();
  begin_stretch(core);
  handle_interrupts_of(core);
  end_stretch(core);
}

// Of the nucleus itself, where it lets one in.
extern "C" void nucleus_own_interrupt() {
  if (this_core().dozing) {  // it waits for a lock: what this one asks for is looked at when it has that
    if (const std::uint32_t number = take_interrupt(); number < kInterrupts) end_interrupt(number);
    return;
  }
  begin_stretch(this_core());
  {
    const Holding hold(object_lock);
    while (const Interrupt* device = handle_interrupts()) raise_target(device->target);
  }
  this_core().has_work.store(true, std::memory_order_relaxed);  // if it idles, it looks what came of that
  end_stretch(this_core());
}

extern "C" [[noreturn]] void nucleus_own_exception(std::uint64_t code, std::uint64_t at, std::uint64_t address) {
  log("exception ", code >> 26, " code ", Hex{code}, " address ", Hex{address}, " image ", Hex{image_slide()});
  panic("exception in the nucleus at", at - image_slide());
}

void idle() { asm volatile("dsb sy; wfi; msr daifclr, #2; isb; msr daifset, #2" ::: "memory"); }

void doze() {
  let_all_in(false);
  idle();
  let_all_in(true);
}

void preemption_window() { asm volatile("msr daifclr, #2; isb; msr daifset, #2" ::: "memory"); }

}  // namespace tessera::nucleus::arch
