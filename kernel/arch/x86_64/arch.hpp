// SPDX-License-Identifier: Apache-2.0
// x86-64 as the nucleus sees it: the register frame, a core's block, page-table entries,
// and those of the functions that every architecture provides which are short here.
#pragma once

#include <abi/guest_x86_64.hpp>
#include <abi/nucleus.hpp>
#include <array>
#include <cstddef>
#include <cstdint>

#include "cpu.hpp"
#include "kernel/support/arch_functions.hpp"
#include "offsets.h"

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

// Memory of a Thread object, whose registers are the most of it.
inline constexpr std::uint64_t kThreadBytes = 1024;
inline constexpr bool kHasIoPorts = true;

extern std::uint64_t direct_map_base;  // random, set once at boot
inline std::uint64_t direct_map_offset() { return direct_map_base; }

[[gnu::always_inline]] inline void zero_page(std::byte* page) { fill_words(page, 512); }
inline void zero_bytes(std::byte* start, std::uint64_t bytes) { fill_words(start, bytes / 8); }

inline PhysAddr root_of(const CoreBlock& block) { return {__atomic_load_n(&block.root, __ATOMIC_RELAXED)}; }
// Nobody need be told of new entries, nor of new instructions; what was cached of an old entry is flushed later.
inline void publish_tables() {}
inline bool replace_entry(std::uint64_t& entry, std::uint64_t value, VirtAddr) {
  entry = value;
  return false;
}
// What is cached of other tables is forgotten when they are loaded.
struct SpaceTag {
  void start(PhysAddr, PhysAddr) {}
  void share_view() {}
};
inline void out_of_date(SpaceTag&, bool, bool) {}
inline void make_executable(PhysAddr, std::uint64_t) {}

inline std::uint64_t now_ticks() { return read_tsc(); }
inline void relax() { asm volatile("pause"); }

}  // namespace tessera::nucleus::arch

#include "page_entry.hpp"
