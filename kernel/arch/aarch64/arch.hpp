// SPDX-License-Identifier: Apache-2.0
// AArch64 as the nucleus sees it: the register frame, a core's block, page-table
// entries, and the functions that every architecture provides
// (kernel/support/architecture.hpp lists and checks them).
#pragma once

#include <abi/guest_aarch64.hpp>
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

// There is one way out: it loads all registers. Whose they are, CoreBlock::save says.
enum class Resume : std::uint8_t { call, full, guest };

// Native registers of a thread. The first fields of abi::GuestState have the same layout.
struct Frame {
  std::array<std::uint64_t, 31> x{};
  std::uint64_t stack = 0, counter = 0, pstate = 0;

  // The ABI's registers (abi/nucleus.toml).
  [[nodiscard]] std::uint64_t tag() const { return std::get<0>(x); }
  void set_tag(std::uint64_t value) { std::get<0>(x) = value; }
  void set_badge(std::uint64_t value) { std::get<1>(x) = value; }
  [[nodiscard]] std::uint64_t reply_handle() const { return std::get<10>(x); }
  void set_result(abi::Error error) { std::get<0>(x) = static_cast<std::uint64_t>(error); }
  [[nodiscard]] std::uint64_t word(unsigned index) const { return x[2 + index]; }
  void set_word(unsigned index, std::uint64_t value) { x[2 + index] = value; }
  [[nodiscard]] std::uint64_t pc() const { return counter; }
  [[nodiscard]] std::uint64_t sp() const { return stack; }
  // The `svc` runs again.
  void restart_call() { counter -= 4; }
  [[nodiscard]] std::array<std::uint64_t, 6> for_dump() const {
    return {counter, stack, std::get<29>(x), std::get<0>(x), std::get<1>(x), std::get<2>(x)};
  }
  [[nodiscard]] static Frame start(std::uint64_t entry, std::uint64_t stack, std::uint64_t argument) {
    Frame frame;
    frame.counter = entry;
    frame.stack = stack;
    std::get<0>(frame.x) = argument;
    return frame;
  }
};
static_assert(sizeof(Frame) == FRAME_BYTES && offsetof(Frame, stack) == FRAME_SP && offsetof(Frame, pstate) == FRAME_PSTATE);
static_assert(offsetof(abi::GuestState, x30) == FRAME_X30 && offsetof(abi::GuestState, pstate) == FRAME_PSTATE);

// What the entry code reaches through TPIDR_EL1.
struct CoreBlock {
  void* current = nullptr;           // Thread*
  std::uint64_t save = 0;            // where the next entry saves to, and the next exit loads from
  std::uint64_t stack_top = 0;
  std::uint64_t in_guest = 0;        // save is in a guest's state page
  Thread* extended_owner = nullptr;  // whose guest's vector registers the core holds
  std::uint64_t root = 0;            // of the tables of both halves
  bool stepping = false;             // MDSCR_EL1.SS: user mode traps after an instruction
};
static_assert(offsetof(CoreBlock, current) == CORE_CURRENT && offsetof(CoreBlock, save) == CORE_SAVE);
static_assert(offsetof(CoreBlock, stack_top) == CORE_STACK_TOP && offsetof(CoreBlock, in_guest) == CORE_IN_GUEST);

[[gnu::always_inline]] inline CoreBlock* core_block() {
  CoreBlock* block;
  asm("mrs %0, tpidr_el1" : "=r"(block));
  return block;
}

inline constexpr std::uint16_t kElfMachine = 183;  // EM_AARCH64

extern std::uint64_t direct_map_base;  // random, set once at boot
inline std::uint64_t direct_map_offset() { return direct_map_base; }

// ------------------------------------------------------------------- memory

[[gnu::always_inline]] inline void zero_page(std::byte* page) { fill_words(page, 512); }
inline void zero_bytes(std::byte* start, std::uint64_t bytes) { fill_words(start, bytes / 8); }  // multiple of 8

PhysAddr current_root();
inline PhysAddr root_of(const CoreBlock& block) { return {__atomic_load_n(&block.root, __ATOMIC_RELAXED)}; }
// The running core uses these tables from here on, and has nothing cached of the others.
void load_root(CoreBlock& block, std::uint64_t root);
void flush_range(VirtAddr address, std::uint64_t pages);
void flush_all();
// After entries were written: the cores' own reads of the tables see them.
inline void publish_tables() { asm volatile("dsb ishst; isb" ::: "memory"); }
// In place of an entry that may be in use: no core ever finds both (Arm ARM D8.16.1, break-before-make).
void replace_entry(std::uint64_t& entry, std::uint64_t value, VirtAddr address);
// What was written to this memory is what instruction fetches of all cores see.
void make_executable(PhysAddr start, std::uint64_t bytes);
// The running root is about to lose its tables: run on the nucleus' own.
void leave_address_space();
PhysAddr own_root();  // that of a core which left
// A root that is to be used gets the entries of the nucleus.
void copy_nucleus_entries(std::array<std::uint64_t, 512>& root);

// ---------------------------------------------------------------------- time

inline std::uint64_t now_ticks() { return read_counter(); }
std::uint64_t now_ns();                              // since boot
std::uint64_t ns_to_ticks(std::uint64_t ns);         // a duration
std::uint64_t ticks_to_ns(std::uint64_t ticks);
std::uint64_t ns_to_clock(std::uint64_t deadline_ns);  // ns since boot to clock ticks
void arm_timer(std::uint64_t deadline_ticks);

// ---------------------------------------------------------------- scheduling

// The exit path will resume this thread: its save area, root and thread pointer.
void activate(Thread& thread);
// In a loop that waits for another core.
inline void relax() { asm volatile("yield"); }
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

void save_extended(Thread& thread);    // vector state to the state page
void forget_extended(Thread& thread);  // it belongs to nobody any more
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
inline constexpr std::uint64_t kThreadBytes = 2048;
inline constexpr bool kHasIoPorts = false;
bool device_reserved(PhysAddr start, std::uint64_t bytes);
void log_byte(std::uint8_t byte);
[[noreturn]] void power_off();

}  // namespace tessera::nucleus::arch

#include "page_entry.hpp"
