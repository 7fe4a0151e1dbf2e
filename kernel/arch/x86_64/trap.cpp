// SPDX-License-Identifier: Apache-2.0
// Exceptions and interrupts, after the entry code has saved the registers.
#include "apic.hpp"
#include "descriptors.hpp"
#include "features.hpp"
#include "guest.hpp"
#include "interrupts.hpp"
#include "kernel/ipc/calls.hpp"
#include "kernel/object/timer.hpp"
#include "kernel/sched/guest_end.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

static constexpr std::uint64_t kPageFault = 14;
static constexpr std::uint64_t kExceptions = 32;

static void guest_exception(Thread& thread, std::uint64_t vector, std::uint64_t error) {
  abi::GuestState& state = *thread.guest;
  state.vector = vector;
  state.fault_code = error;
  if (vector == kPageFault) {
    state.fault_address = read_cr2();
    leave_guest(thread, abi::GuestExit::page_fault);
  } else {
    leave_guest(thread, abi::GuestExit::exception);
  }
}

static void native_exception(Thread& thread, std::uint64_t vector, std::uint64_t error) {
  const std::uint64_t address = vector == kPageFault ? read_cr2() : 0;
  thread.resume = Resume::full;
  if (vector == kPageFault && thread.frame.rip >= thread.fixup_start && thread.frame.rip < thread.fixup_end &&
      address < abi::kGuestLimit) {
    thread.frame.rip = thread.fixup_target;
    thread.frame.rax = address;
    thread.frame.rdx = error;
    return;
  }
  const Holding hold(object_lock);
  // Halted meanwhile: if the thread goes on, the same happens again.
  if (!this_core().was_halted) [[likely]] deliver_fault(thread, vector, error, address);
  schedule_if_asked(this_core());
}

[[gnu::noinline]] static void handle_trap(std::uint64_t vector, std::uint64_t error) {
  Core& core = this_core();
  Thread& thread = *core.current();
  if (vector < kExceptions) {
    if (thread.in_guest) {
      guest_exception(thread, vector, error);
    } else {
      native_exception(thread, vector, error);
    }
  } else {
    if (thread.in_guest) {
      thread.guest->fs_base = read_fs_base();
    } else {
      thread.resume = Resume::full;
    }
    if (vector == kCoreVector) end_of_interrupt();
    const Holding hold(object_lock);
    if (const Interrupt* device = take_interrupt(static_cast<unsigned>(vector))) {
      if (try_raise_and_switch(device->target)) [[likely]] return;
      raise_target(device->target);
    }
    serve_kick(core);
    schedule_if_asked(core);
  }
}

extern "C" void nucleus_trap(std::uint64_t vector, std::uint64_t error) {
  if (!this_core().measuring) [[likely]] return handle_trap(vector, error);
  begin_stretch(this_core());
  handle_trap(vector, error);
  end_stretch(this_core());
}

// Code in the nucleus that may fault, and where it goes on.
struct Fixup {
  const void* at;
  const void* go_on;
};
extern "C" const char load_vector_fault_1, load_vector_fault_2, load_vector_failed;

extern "C" void nucleus_kernel_trap(std::uint64_t vector, std::uint64_t error, std::uint64_t* rip) {
  if (vector >= kExceptions) {
    // Before a lock is waited for: this one may be what ends that wait.
    if (vector == kCoreVector) end_of_interrupt();
    if (this_core().dozing) return;
    begin_stretch(this_core());
    {
      const Holding hold(object_lock);
      if (const Interrupt* device = take_interrupt(static_cast<unsigned>(vector))) raise_target(device->target);
    }
    this_core().has_work.store(true, std::memory_order_relaxed);  // if it idles, it looks what came of that
    end_stretch(this_core());
    return;
  }
  const auto at = reinterpret_cast<const char*>(*rip);
  if (at == &load_vector_fault_1 || at == &load_vector_fault_2) {
    *rip = reinterpret_cast<std::uint64_t>(&load_vector_failed);
    return;
  }
  log("exception ", vector, " code ", Hex{error}, " address ", Hex{read_cr2()}, " image ", Hex{image_slide()});
  panic("exception in the nucleus at", *rip - image_slide());
}

void idle() {
  asm volatile("sti; hlt; cli" ::: "memory");
}

void doze() {
  write_cr8((kCoreVector >> 4) - 1);
  idle();
  write_cr8(0);
}

void preemption_window() {
  asm volatile("sti; nop; cli" ::: "memory");
}

}  // namespace tessera::nucleus::arch
