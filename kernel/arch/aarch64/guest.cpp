// SPDX-License-Identifier: Apache-2.0
// Guest mode: in by guest_run, out by any trap. The vector registers stay in the core
// until another thread's guest needs it; native code may not use them.
#include "guest.hpp"

#include <bit>

#include "kernel/sched/guest_end.hpp"
#include "kernel/sched/urgency.hpp"
#include "kernel/sched/vector_state.hpp"
#include "translation.hpp"

namespace tessera::nucleus::arch {

extern "C" void save_vector_state(std::byte* area);
extern "C" void load_vector_state(const std::byte* area);
static constexpr std::uint64_t kVectorBytes = 32 * 16 + 2 * 8;

static std::byte* area_of(abi::GuestState& state) { return reinterpret_cast<std::byte*>(state.extended.data()); }

void store_extended(abi::GuestState& state) { save_vector_state(area_of(state)); }

// The fields of instructions that need nothing of the nucleus, or what it turned on (Arm ARM D17.2). Left out: SVE, SME,
// MTE, MOPS and LS64, which are off, and what is not known yet.
static void describe_processor(abi::GuestState& state) {
  state.midr = read_main_id();
  state.pfr0 = read_processor_features() & 0x000f'0000'00ff'0000;      // DIT, AdvSIMD, FP
  state.pfr1 = read_processor_features_1() & 0xff;                     // SSBS, BT
  state.isar0 = read_instruction_features() & 0xf0ff'ffff'f0ff'fff0;   // all but TLBI and TME
  state.isar1 = read_instruction_features_1() & 0x00ff'f0ff'ffff'ffff; // I8MM to DPB but for SPECRES
  state.isar2 = read_instruction_features_2() & 0x00ff'0000'00f0'ffff; // CSSC, RPRFM, BC, APA3, GPA3, RPRES, WFxT
  state.mmfr0 = read_memory_features_0() & 0xf000'0000'0000'0000;      // ECV
  state.mmfr1 = read_memory_features() & 0x0000'f000'0000'0000;        // AFP
  state.mmfr2 = read_memory_features_2() & 0x0000'000f'0000'0000;      // AT
}

void describe_extended(abi::GuestState& state) {
  describe_processor(state);
  zero_bytes(area_of(state), state.extended.size());
  state.extended_bytes = kVectorBytes;
  state.extended_features = 0;
  state.load_extended = 1;
}

// Native code has no keys of its own: it finds those of the guest that was here last, which it cannot read.
static void load_keys(const abi::GuestState& state) {
  constexpr std::uint64_t kAddresses = 0xff0, kGeneric = 0xff00'0000, kNewer = 0xff00, kSigning = 0xc800'2000;
  if ((read_instruction_features_1() & (kAddresses | kGeneric)) == 0 && (read_instruction_features_2() & kNewer) == 0) return;
  const auto& k = state.keys;
  asm volatile("msr S3_0_C2_C1_0, %0; msr S3_0_C2_C1_1, %1; msr S3_0_C2_C1_2, %2; msr S3_0_C2_C1_3, %3"
               ::"r"(k[0]), "r"(k[1]), "r"(k[2]), "r"(k[3]));
  asm volatile("msr S3_0_C2_C2_0, %0; msr S3_0_C2_C2_1, %1; msr S3_0_C2_C2_2, %2; msr S3_0_C2_C2_3, %3"
               ::"r"(k[4]), "r"(k[5]), "r"(k[6]), "r"(k[7]));
  asm volatile("msr S3_0_C2_C3_0, %0; msr S3_0_C2_C3_1, %1" ::"r"(k[8]), "r"(k[9]));
  write_control((read_control() & ~kSigning) | (state.key_control & kSigning));
}

static void take_extended(CoreBlock& block, Thread& thread) {
  if (block.extended_owner != nullptr && block.extended_owner != &thread) save_extended(*block.extended_owner);
  block.extended_owner = &thread;
  thread.guest->load_extended = 0;
  load_vector_state(area_of(*thread.guest));
  load_keys(*thread.guest);
}

// Only its tracer's guest: the nucleus itself is never stepped, and native code must not be.
CALLED_RARELY static void change_stepping(CoreBlock& block, bool on) {
  block.stepping = on;
  step_user(on);
}

// The core is to run the thread's guest when it leaves the nucleus.
static void enter(CoreBlock& block, Thread& thread) {
  abi::GuestState& state = *thread.guest;
  if (block.extended_owner != &thread || is_newer(state)) [[unlikely]] take_extended(block, thread);
  block.save = reinterpret_cast<std::uint64_t>(&state);
  block.in_guest = 1;
  write_thread_pointer(__atomic_load_n(&state.tpidr, __ATOMIC_RELAXED));
  allow_vectors(true);
  const bool steps = __atomic_load_n(&state.single_step, __ATOMIC_RELAXED) != 0;
  if (steps != block.stepping) [[unlikely]] change_stepping(block, steps);
  use_space(block, *thread.guest_space, thread.guest_space->tag().guest);
}

// The core is to run the thread's native side.
template <auto kLoad = load_space_apart>
static inline void activate_native(CoreBlock& block, Thread& thread) {
  block.save = reinterpret_cast<std::uint64_t>(&thread.frame);
  block.in_guest = 0;
  write_thread_pointer(thread.tls);
  allow_vectors(false);
  if (block.stepping) [[unlikely]] change_stepping(block, false);
  const AddressSpace& space = thread.guest_space != nullptr ? *thread.guest_space : *thread.space;
  use_space<kLoad>(block, space, space.tag().host);
}

// A guest gets back a core that was taken from it: guest_run itself enters.
[[gnu::noinline]] static void activate_guest(CoreBlock& block, Thread& thread) {
  if (__atomic_load_n(&thread.guest->report_switch, __ATOMIC_RELAXED) != 0) [[unlikely]] {
    end_guest_run(thread, abi::GuestExit::switched);
  } else if (thread.asked.kicked) [[unlikely]] {
    // The interrupt that was to tell it came when the core had gone to another thread.
    thread.asked.kicked = false;
    end_guest_run(thread, abi::GuestExit::kick);
  } else {
    return enter(block, thread);
  }
  activate_native(block, thread);
}

void activate(Thread& thread) {
  CoreBlock& block = *core_block();
  if (!thread.in_guest) [[likely]] return activate_native<load_space>(block, thread);
  activate_guest(block, thread);
}

// Back to the thread's native side, whose guest_run answers `reason`.
void leave_guest(Thread& thread, abi::GuestExit reason) {
  thread.guest->tpidr = read_thread_pointer();
  end_guest_run(thread, reason);
  activate_native(*core_block(), thread);
}

extern "C" void guest_system_call_exit(Thread& thread) { leave_guest(thread, abi::GuestExit::syscall); }

// `busy`: others go first.
[[gnu::noinline]] static abi::Error guest_run_paced(Thread& thread) {
  thread.in_guest = true;
  thread.resume = Resume::guest;
  enter(*core_block(), thread);
  return must_give_way(thread) ? abi::Error::busy : abi::Error::ok;
}

abi::Error guest_run(Thread& thread, AddressSpace& space) {
  if (thread.guest == nullptr || space.host() == nullptr || space.host() != thread.space || space.dying) [[unlikely]] {
    return abi::Error::not_configured;
  }
  thread.set_guest_space(&space);
  if (std::bit_cast<std::uint16_t>(thread.asked) != 0) [[unlikely]] {
    if (!thread.asked.kicked) return guest_run_paced(thread);
    thread.asked.kicked = false;
    end_guest_run(thread, abi::GuestExit::kick);
    activate(thread);
    return abi::Error::ok;
  }
  thread.in_guest = true;
  thread.resume = Resume::guest;
  enter(*core_block(), thread);
  return abi::Error::ok;
}

}  // namespace tessera::nucleus::arch
