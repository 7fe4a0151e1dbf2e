// SPDX-License-Identifier: Apache-2.0
// AArch64 as the nucleus sees it: the register frame, a core's block, page-table entries,
// and those of the functions that every architecture provides which are short here.
#pragma once

#include <abi/guest_aarch64.hpp>
#include <abi/nucleus.hpp>
#include <array>
#include <cstddef>
#include <cstdint>

#include "cpu.hpp"
#include "kernel/memory/cached_spaces.hpp"
#include "kernel/support/arch_functions.hpp"
#include "offsets.h"

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
  std::uint64_t root = 0;            // the space that the core uses, in either view: its host root
  std::uint64_t view = 0;            // TTBR1_EL1
  std::uint64_t own = 0;             // own_root()
  bool stepping = false;             // MDSCR_EL1.SS: user mode traps after an instruction
  CachedSpaces spaces;
};
static_assert(offsetof(CoreBlock, current) == CORE_CURRENT && offsetof(CoreBlock, save) == CORE_SAVE);
static_assert(offsetof(CoreBlock, stack_top) == CORE_STACK_TOP && offsetof(CoreBlock, in_guest) == CORE_IN_GUEST);

[[gnu::always_inline]] inline CoreBlock* core_block() {
  CoreBlock* block;
  asm("mrs %0, tpidr_el1" : "=r"(block));
  return block;
}

inline constexpr std::uint16_t kElfMachine = 183;  // EM_AARCH64

// Memory of a Thread object, whose registers are the most of it.
inline constexpr std::uint64_t kThreadBytes = 2048;
inline constexpr bool kHasIoPorts = false;

extern std::uint64_t direct_map_base;  // random, set once at boot
inline std::uint64_t direct_map_offset() { return direct_map_base; }

[[gnu::always_inline]] inline void zero_page(std::byte* page) { fill_words(page, 512); }
inline void write_back(const void*, std::uint64_t) {}  // an SMMU that is used sees the caches
inline void zero_bytes(std::byte* start, std::uint64_t bytes) { fill_words(start, bytes / 8); }

inline PhysAddr root_of(const CoreBlock& block) { return {__atomic_load_n(&block.root, __ATOMIC_RELAXED)}; }

// The views of an address space, as TTBR1_EL1 has them: each with an ASID, twice the space's number and that plus one.
struct SpaceTag : SpaceNumber {
  static constexpr unsigned kNumberShift = 49;
  std::uint64_t host = 0, guest = 0;

  void start(PhysAddr host_root, PhysAddr guest_root);
  void share_view() { guest = host; }
  static constexpr std::uint64_t number_in(std::uint64_t view) { return view >> kNumberShift; }
};
inline void out_of_date(SpaceTag& tag, bool here, bool of_guests) { draw_stamp(tag, here, of_guests); }
inline void publish_tables() { asm volatile("dsb ishst; isb" ::: "memory"); }

inline std::uint64_t now_ticks() { return read_counter(); }
inline void relax() { asm volatile("yield"); }

}  // namespace tessera::nucleus::arch

#include "page_entry.hpp"
