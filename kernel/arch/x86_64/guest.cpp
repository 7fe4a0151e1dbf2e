// SPDX-License-Identifier: Apache-2.0
// Guest mode: in by guest_run, out by any trap. The vector registers and the GS
// base stay in the core until another thread's guest needs it.
#include "guest.hpp"

#include <bit>

#include "features.hpp"
#include "kernel/memory/address_space.hpp"
#include "kernel/sched/guest_end.hpp"
#include "kernel/sched/urgency.hpp"
#include "kernel/sched/vector_state.hpp"

namespace tessera::nucleus::arch {

extern "C" bool load_vector_state(std::byte* area, std::uint64_t components, std::uint64_t has_xsave);

static std::uint64_t save_end_of(Thread& thread) {
  return reinterpret_cast<std::uint64_t>(&thread.frame) + FRAME_BYTES;
}

static void load_root(CoreBlock& block, std::uint64_t root) {
  if (block.root == root) return;
  __atomic_store_n(&block.root, root, __ATOMIC_RELAXED);  // other cores look, also when a guest is left without a lock
  write_cr3(root);
}

// A guest's FS base is read from a page others may write to: once, and checked,
// because loading an address that is not canonical faults.
static std::uint64_t checked_base(const std::uint64_t& field) {
  const std::uint64_t base = __atomic_load_n(&field, __ATOMIC_RELAXED);
  return base < (std::uint64_t{1} << 47) ? base : 0;
}

void store_extended(abi::GuestState& state) {
  if (features().xsave) {
    asm volatile("xsave64 (%0)" ::"r"(state.extended.data()), "a"(static_cast<std::uint32_t>(features().xcr0)),
                 "d"(static_cast<std::uint32_t>(features().xcr0 >> 32))
                 : "memory");
  } else {
    asm volatile("fxsave64 (%0)" ::"r"(state.extended.data()) : "memory");
  }
  state.gs_base = read_msr(kMsrKernelGsBase);
}

// Intel SDM 1, 10.5.1.1 (legacy area) and 11.6.4 (MXCSR at reset).
static void initial_extended(abi::GuestState& state) {
  zero_bytes(reinterpret_cast<std::byte*>(state.extended.data()), state.extended.size());
  state.extended[0] = 0x7f;
  state.extended[1] = 0x03;
  state.extended[24] = 0x80;
  state.extended[25] = 0x1f;
}

void describe_extended(abi::GuestState& state) {
  state.extended_bytes = features().extended_bytes;
  state.extended_features = features().xcr0;
  state.load_extended = 1;
  initial_extended(state);
}

static void take_extended(CoreBlock& block, Thread& thread) {
  if (block.extended_owner != nullptr && block.extended_owner != &thread) save_extended(*block.extended_owner);
  block.extended_owner = &thread;
  abi::GuestState& state = *thread.guest;
  state.load_extended = 0;
  auto* area = reinterpret_cast<std::byte*>(state.extended.data());
  const std::uint64_t mask = features().xcr0;
  if (!load_vector_state(area, mask, features().xsave ? 1 : 0)) {
    initial_extended(state);  // what the personality left there is no vector state
    if (!load_vector_state(area, mask, features().xsave ? 1 : 0)) {
      // Changed again meanwhile by another of its threads: its own problem.
      asm volatile("fninit");
    }
  }
  write_msr(kMsrKernelGsBase, checked_base(state.gs_base));
}

// The core is to run the thread's guest when it leaves the nucleus.
static void enter(CoreBlock& block, Thread& thread) {
  abi::GuestState& state = *thread.guest;
  if (block.extended_owner != &thread || is_newer(state)) [[unlikely]] take_extended(block, thread);
  block.save_end = reinterpret_cast<std::uint64_t>(&state) + FRAME_BYTES;
  block.in_guest = 1;
  write_fs_base(checked_base(state.fs_base));
  load_root(block, thread.guest_space->guest_root().value);
}

// The core is to run the thread's native side.
static inline void activate_native(CoreBlock& block, Thread& thread) {
  block.save_end = save_end_of(thread);
  block.in_guest = 0;
  write_fs_base(thread.tls);
  load_root(block, (thread.guest_space != nullptr ? thread.guest_space : thread.space)->host_root().value);
}

// A guest comes here only when it gets back a core that was taken from it: guest_run
// itself enters.
void activate(Thread& thread) {
  CoreBlock& block = *core_block();
  if (thread.in_guest && __atomic_load_n(&thread.guest->report_switch, __ATOMIC_RELAXED) != 0) [[unlikely]] {
    end_guest_run(thread, abi::GuestExit::switched);
  }
  // The interrupt that was to tell it came when the core had gone to another thread.
  if (thread.in_guest && thread.asked.kicked) [[unlikely]] {
    thread.asked.kicked = false;
    end_guest_run(thread, abi::GuestExit::kick);
  }
  if (thread.in_guest) {
    enter(block, thread);
  } else {
    activate_native(block, thread);
  }
}

// Back to the thread's native side, whose guest_run answers `reason`.
void leave_guest(Thread& thread, abi::GuestExit reason) {
  thread.guest->fs_base = read_fs_base();
  end_guest_run(thread, reason);
  activate_native(*core_block(), thread);
}

// The entry code goes on behind guest_run with word 0 = 0.
static_assert(static_cast<std::uint64_t>(abi::GuestExit::syscall) == 0);
extern "C" void guest_system_call_exit(Thread& thread) {
  thread.guest->fs_base = read_fs_base();
  thread.in_guest.release(false);
  thread.resume = Resume::call;
  activate_native(*core_block(), thread);
}

extern "C" void guest_bad_address(Thread& thread) {
  thread.guest->vector = 13;
  thread.guest->fault_code = 0;
  leave_guest(thread, abi::GuestExit::exception);
}

// `busy`: others go first.
[[gnu::noinline]] static abi::Error guest_run_paced(Thread& thread) {
  thread.in_guest = true;
  thread.resume = Resume::guest;
  enter(*core_block(), thread);
  return must_give_way(thread) ? abi::Error::busy : abi::Error::ok;
}

// Inlined into the path of all guest system calls, where they are counted in single instructions.
[[gnu::always_inline]] abi::Error guest_run(Thread& thread, AddressSpace& space) {
  if (thread.guest == nullptr || space.host() == nullptr || space.host() != thread.space || space.dying) [[unlikely]] {
    return abi::Error::not_configured;
  }
  thread.set_guest_space(&space);
  if (std::bit_cast<std::uint16_t>(thread.asked) != 0) [[unlikely]] {
    if (!thread.asked.kicked) return guest_run_paced(thread);
    thread.asked.kicked = false;
    thread.guest->exit_reason = static_cast<std::uint64_t>(abi::GuestExit::kick);
    thread.frame.set_result(abi::Error::ok);
    thread.frame.set_word(0, static_cast<std::uint64_t>(abi::GuestExit::kick));
    activate(thread);
    return abi::Error::ok;
  }
  thread.in_guest = true;
  thread.resume = Resume::guest;
  enter(*core_block(), thread);
  return abi::Error::ok;
}

}  // namespace tessera::nucleus::arch
