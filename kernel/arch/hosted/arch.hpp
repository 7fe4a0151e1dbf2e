// SPDX-License-Identifier: Apache-2.0
// The nucleus inside an ordinary process: objects, capabilities, IPC and the
// scheduler as they are, on memory, a clock and cores that a test controls. A core is the
// thread of the process that plays its user mode (hosted.hpp).
// Pages of "physical memory" are the process' own, mapped at offset 0.
#pragma once

#include <abi/guest_x86_64.hpp>
#include <abi/nucleus.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernel/support/arch_functions.hpp"

namespace tessera::nucleus::arch {

inline constexpr std::uint16_t kElfMachine = 62;  // the ELF loader is tested with the files of x86-64

enum class Resume : std::uint8_t { call, full, guest };

struct Frame {
  std::uint64_t tag_register = 0, badge_register = 0, reply_register = 0, program_counter = 0, stack_pointer = 0;
  std::array<std::uint64_t, 8> words{};
  std::uint64_t restarts = 0;

  [[nodiscard]] std::uint64_t tag() const { return tag_register; }
  void set_tag(std::uint64_t value) { tag_register = value; }
  void set_badge(std::uint64_t value) { badge_register = value; }
  [[nodiscard]] std::uint64_t reply_handle() const { return reply_register; }
  void set_result(abi::Error error) { tag_register = static_cast<std::uint64_t>(error); }
  [[nodiscard]] std::uint64_t word(unsigned index) const { return words[index]; }
  void set_word(unsigned index, std::uint64_t value) { words[index] = value; }
  [[nodiscard]] std::uint64_t pc() const { return program_counter; }
  [[nodiscard]] std::uint64_t sp() const { return stack_pointer; }
  void restart_call() { ++restarts; }
  [[nodiscard]] std::array<std::uint64_t, 6> for_dump() const { return {program_counter, stack_pointer, 0, tag_register, 0, 0}; }
  [[nodiscard]] static Frame start(std::uint64_t entry, std::uint64_t stack, std::uint64_t argument) {
    Frame frame;
    frame.program_counter = entry;
    frame.stack_pointer = stack;
    frame.badge_register = argument;
    return frame;
  }
};

struct CoreBlock {
  void* current = nullptr;
  PhysAddr root{};  // of the view that is active; none: the nucleus' own
};
// Memory of a Thread object, whose registers are the most of it.
inline constexpr std::uint64_t kThreadBytes = 1024;
inline constexpr bool kHasIoPorts = true;

inline std::uint64_t direct_map_offset() { return 0; }
inline void zero_page(std::byte* page) { std::memset(page, 0, 4096); }
inline void zero_bytes(std::byte* start, std::uint64_t bytes) { std::memset(start, 0, bytes); }

inline PhysAddr root_of(const CoreBlock& block) { return {__atomic_load_n(&block.root.value, __ATOMIC_RELAXED)}; }
inline void flush_range(VirtAddr, std::uint64_t) {}
inline void flush_all() {}
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
inline void write_back(const void*, std::uint64_t) {}
inline PhysAddr own_root() { return {}; }
inline void copy_nucleus_entries(std::array<std::uint64_t, 512>&) {}

// One tick is one nanosecond, and time passes when the test says so; with several cores it
// passes a little with each look at it.
inline std::uint64_t now_ns() { return now_ticks(); }
inline std::uint64_t ns_to_ticks(std::uint64_t ns) { return ns; }
inline std::uint64_t ticks_to_ns(std::uint64_t ticks) { return ticks; }
inline std::uint64_t ns_to_clock(std::uint64_t deadline_ns) { return deadline_ns; }

inline void bring_home(Thread&) {}
inline void doze() { relax(); }

inline void save_extended(Thread&) {}
inline void forget_extended(Thread&) {}
inline void describe_extended(abi::GuestState&) {}

inline void unmask_interrupt(const Interrupt&) {}
inline bool device_reserved(PhysAddr base, std::uint64_t bytes) { return base.value <= 0xfee0'0fff && base.value + bytes > 0xfee0'0000; }

}  // namespace tessera::nucleus::arch

#include "page_entry.hpp"
