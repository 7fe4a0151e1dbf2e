// SPDX-License-Identifier: Apache-2.0
// The functions that every architecture provides, declared once. An architecture's
// `arch.hpp` includes this, and defines in place those that cost it an instruction or two.
#pragma once

#include <abi/nucleus.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "kernel/support/address_types.hpp"

namespace tessera::abi {
struct GuestState;
}

namespace tessera::nucleus {
struct Thread;
struct Interrupt;
}  // namespace tessera::nucleus

namespace tessera::nucleus::arch {

struct CoreBlock;  // what the entry code keeps of its core
CoreBlock* core_block();

// ------------------------------------------------------------------- memory

std::uint64_t direct_map_offset();  // random, set once at boot
void zero_page(std::byte* page);
void zero_bytes(std::byte* start, std::uint64_t bytes);  // a multiple of 8

PhysAddr current_root();
PhysAddr root_of(const CoreBlock& block);  // as that core tells it to others
void flush_range(VirtAddr address, std::uint64_t pages);
void flush_all();
// The running root is about to lose its tables: run on the nucleus' own.
void leave_address_space();
PhysAddr own_root();  // that of a core which left
// After entries were written: the cores' own reads of the tables see them.
void publish_tables();
// In place of an entry that may be in use: no core finds both, where it must not. False: a core may still have what was there.
bool replace_entry(std::uint64_t& entry, std::uint64_t value, VirtAddr address);
struct SpaceTag;  // what else tells an address space from others
// What was cached of the space is, and of those it is host of (`of_guests`). `here`: not what the running core has.
void out_of_date(SpaceTag& tag, bool here, bool of_guests);
// What was written to this memory is what instruction fetches of all cores see.
void make_executable(PhysAddr start, std::uint64_t bytes);
// Out of this core's caches, for a device that does not look there.
void write_back(const void* start, std::uint64_t bytes);
// A root that is to be used gets the entries of the nucleus.
void copy_nucleus_entries(std::array<std::uint64_t, 512>& root);

// ---------------------------------------------------------------------- time

std::uint64_t now_ticks();
std::uint64_t now_ns();                              // since boot
std::uint64_t ns_to_ticks(std::uint64_t ns);         // a duration
std::uint64_t ticks_to_ns(std::uint64_t ticks);
std::uint64_t ns_to_clock(std::uint64_t deadline_ns);  // ns since boot to clock ticks
void arm_timer(std::uint64_t deadline_ticks);

// ---------------------------------------------------------------- scheduling

// The exit path will resume this thread: its save area, root and thread pointer.
void activate(Thread& thread);
// In a loop that waits for another core.
void relax();
// Halts until another core interrupts this one; other interrupts wait.
void doze();
// Nothing is ready: halts until an interrupt and handles it.
void idle();
// Lets pending interrupts in for an instant.
void preemption_window();
// Another core comes to the nucleus soon, and looks at its queues.
void interrupt_core(unsigned number);
// The running core keeps nothing of its thread's: saves its guest's vector state and
// uses the nucleus' own address space until it activates a thread.
void leave_core();
// The thread is to run on another core than its last one, which may hold its vector state.
void bring_home(Thread& thread);

// --------------------------------------------------------------- guest state

// Vector state (x86-64: and the GS base): to the state page, unless what is there is newer.
// This core holds it no more.
void save_extended(Thread& thread);
void forget_extended(Thread& thread);  // it is in no core any more, and saved nowhere
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
void unmask_interrupt(const Interrupt& interrupt);  // a line: its driver has acknowledged
// Lines and messages: they do not come, as far as that can be had / come again. A line comes on unmasked.
void mute_interrupt(const Interrupt& interrupt, bool muted);
bool device_reserved(PhysAddr start, std::uint64_t bytes);  // registers of the nucleus' own
void log_byte(std::uint8_t byte);
[[noreturn]] void power_off();

}  // namespace tessera::nucleus::arch
