// SPDX-License-Identifier: Apache-2.0
// x86-64 as the nucleus sees it: the register frame, a core's block, page-table
// entries, and the functions that every architecture provides
// (kernel/support/architecture.hpp lists and checks them).
#pragma once

#include <abi/guest_x86_64.hpp>
#include <abi/nucleus.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "cpu.hpp"
#include "kernel/support/address_types.hpp"
#include "offsets.h"

namespace tessera::nucleus {
struct Thread;
struct Interrupt;
class AddressSpace;
}  // namespace tessera::nucleus

namespace tessera::nucleus::arch {

// How the exit path resumes a thread.
enum class Resume : std::uint8_t {
  call = RESUME_CALL,    // after a system call: sysret, rcx and r11 are lost
  full = RESUME_FULL,    // all registers: iret
  guest = RESUME_GUEST,  // the guest's registers from its state page
};

// Native registers of a thread, in the order in which the entry path pushes them.
// The first fields of abi::GuestState have the same layout.
struct Frame {
  std::uint64_t r15 = 0, r14 = 0, r13 = 0, r12 = 0, rbp = 0, rbx = 0, r11 = 0, r10 = 0, r9 = 0, r8 = 0, rax = 0, rcx = 0,
                rdx = 0, rsi = 0, rdi = 0, rip = 0, rflags = FLAGS_ALWAYS, rsp = 0;

  // The ABI's registers (abi/nucleus.toml).
  [[nodiscard]] std::uint64_t tag() const { return rax; }
  void set_tag(std::uint64_t value) { rax = value; }
  void set_badge(std::uint64_t value) { rdi = value; }
  [[nodiscard]] std::uint64_t reply_handle() const { return r15; }
  void set_result(abi::Error error) { rax = static_cast<std::uint64_t>(error); }
  [[nodiscard]] std::uint64_t word(unsigned index) const {
    switch (index) {
      case 0: return rsi;
      case 1: return rdx;
      case 2: return r10;
      case 3: return r8;
      case 4: return r9;
      case 5: return r12;
      case 6: return r13;
      default: return r14;
    }
  }
  void set_word(unsigned index, std::uint64_t value) {
    switch (index) {
      case 0: rsi = value; break;
      case 1: rdx = value; break;
      case 2: r10 = value; break;
      case 3: r8 = value; break;
      case 4: r9 = value; break;
      case 5: r12 = value; break;
      case 6: r13 = value; break;
      default: r14 = value; break;
    }
  }
  [[nodiscard]] std::uint64_t pc() const { return rip; }
  [[nodiscard]] std::uint64_t sp() const { return rsp; }
  // The two bytes of `syscall` run again.
  void restart_call() { rip -= 2; }
  [[nodiscard]] std::array<std::uint64_t, 6> for_dump() const { return {rip, rsp, rbp, rax, rdi, rsi}; }
  [[nodiscard]] static Frame start(std::uint64_t entry, std::uint64_t stack, std::uint64_t argument) {
    Frame frame;
    frame.rip = entry;
    frame.rsp = stack;
    frame.rdi = argument;
    return frame;
  }
};
static_assert(sizeof(Frame) == FRAME_BYTES && offsetof(Frame, rip) == FRAME_RIP && offsetof(Frame, r11) == FRAME_R11);
static_assert(offsetof(Frame, rax) == FRAME_RAX && offsetof(Frame, rcx) == FRAME_RCX && offsetof(Frame, rdi) == FRAME_RDI);
static_assert(offsetof(abi::GuestState, rip) == FRAME_RIP && offsetof(abi::GuestState, rsp) == FRAME_RSP);

// What the entry code reaches through GS.
struct CoreBlock {
  void* self = nullptr;
  void* current = nullptr;        // Thread*
  std::uint64_t save_end = 0;     // end of the frame that the next entry saves to
  std::uint64_t user_rsp = 0;
  std::uint64_t stack_top = 0;
  std::uint64_t scratch = 0;
  std::uint64_t in_guest = 0;     // save_end belongs to a guest's state page
  Thread* extended_owner = nullptr;  // whose guest's vector registers the core holds
  std::uint64_t root = 0;         // CR3
};
static_assert(offsetof(CoreBlock, current) == CORE_CURRENT && offsetof(CoreBlock, save_end) == CORE_SAVE_END);
static_assert(offsetof(CoreBlock, stack_top) == CORE_STACK_TOP && offsetof(CoreBlock, in_guest) == CORE_IN_GUEST);

[[gnu::always_inline]] inline CoreBlock* core_block() {
  CoreBlock* block;
  asm("mov %%gs:0, %0" : "=r"(block));
  return block;
}

inline constexpr std::uint16_t kElfMachine = 62;  // EM_X86_64

extern std::uint64_t direct_map_base;  // random, set once at boot
inline std::uint64_t direct_map_offset() { return direct_map_base; }

// ------------------------------------------------------------------- memory

[[gnu::always_inline]] inline void zero_page(std::byte* page) { fill_words(page, 512); }
inline void zero_bytes(std::byte* start, std::uint64_t bytes) { fill_words(start, bytes / 8); }  // multiple of 8

PhysAddr current_root();
inline PhysAddr root_of(const CoreBlock& block) { return {__atomic_load_n(&block.root, __ATOMIC_RELAXED)}; }
void flush_range(VirtAddr address, std::uint64_t pages);
void flush_all();
// The running root is about to lose its tables: run on the nucleus' own.
void leave_address_space();
PhysAddr own_root();  // that of a core which left
// After entries were written: the CPU's own reads of the tables see them. Not asked for here.
inline void publish_tables() {}
// In place of an entry that may be in use: here it is written, and what was cached is flushed later.
inline void replace_entry(std::uint64_t& entry, std::uint64_t value, VirtAddr) { entry = value; }
// What was written to this memory is what instruction fetches see: always so here.
inline void make_executable(PhysAddr, std::uint64_t) {}
// A root that is to be used gets the entries of the nucleus.
void copy_nucleus_entries(std::array<std::uint64_t, 512>& root);

// ---------------------------------------------------------------------- time

inline std::uint64_t now_ticks() { return read_tsc(); }
std::uint64_t now_ns();                              // since boot
std::uint64_t ns_to_ticks(std::uint64_t ns);         // a duration
std::uint64_t ticks_to_ns(std::uint64_t ticks);
std::uint64_t ns_to_clock(std::uint64_t deadline_ns);  // ns since boot to clock ticks
void arm_timer(std::uint64_t deadline_ticks);

// ---------------------------------------------------------------- scheduling

// The exit path will resume this thread: its save area, root and thread pointer.
void activate(Thread& thread);
// In a loop that waits for another core.
inline void relax() { asm volatile("pause"); }
// Halts until another core interrupts this one; other interrupts wait.
void doze();
// Nothing is ready: halts until an interrupt and handles it.
void idle();
// Lets pending interrupts in for an instant.
void preemption_window();
void kick(Thread& thread);
// Another core comes to the nucleus soon, and looks at its queues.
void interrupt_core(unsigned number);
// The running core keeps nothing of its thread's: saves its guest's vector state and
// uses the nucleus' own address space until it activates a thread.
void leave_core();
// The thread is to run on another core than its last one, which may hold its vector state.
void bring_home(Thread& thread);

// --------------------------------------------------------------- guest state

void save_extended(Thread& thread);    // vector state and GS base to the state page
void forget_extended(Thread& thread);  // they belong to nobody any more
void describe_extended(abi::GuestState& state);

// ------------------------------------------------------------------- devices

struct InterruptRoute {
  std::uint16_t vector = 0;
  std::uint64_t message_address = 0;
  std::uint64_t message_data = 0;
};
std::expected<InterruptRoute, abi::Error> allocate_interrupt(std::uint64_t source, std::uint64_t flags);
void connect_interrupt(Interrupt& interrupt);  // object made: deliver to it, masked until bound
void release_interrupt(Interrupt& interrupt);
void unmask_interrupt(const Interrupt& interrupt);
// Memory of a Thread object, whose registers are the most of it.
inline constexpr std::uint64_t kThreadBytes = 1024;
inline constexpr bool kHasIoPorts = true;
bool device_reserved(PhysAddr start, std::uint64_t bytes);
void log_byte(std::uint8_t byte);
[[noreturn]] void power_off();

}  // namespace tessera::nucleus::arch

#include "page_entry.hpp"
