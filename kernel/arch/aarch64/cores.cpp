// SPDX-License-Identifier: Apache-2.0
#include "cores.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <span>

#include "arch.hpp"
#include "clock.hpp"
#include "controller.hpp"
#include "device_map.hpp"
#include "firmware.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/begin.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

static_assert(offsetof(Thread, frame) == 0);

extern "C" void core_entry();
extern "C" void core_high();
extern "C" const char exception_vectors;

// What a core that starts reads before its caches are on. One core starts at a time.
extern "C" {
alignas(64) std::uint64_t core_start_root = 1, core_start_high = 1;  // in the image's file
std::uint64_t core_start_stack;
}

namespace {

constexpr std::uint64_t kStartNs = 2'000'000'000;  // an emulator on a busy machine may run its core late
constexpr std::uint64_t kAreaBytes = std::bit_ceil(sizeof(CoreArea) + CORE_STACK_BYTES);

CoreArea* starting;
std::array<std::uint64_t, kMostCores> affinities;  // by the cores' numbers

void clean(const void* line) { asm volatile("dc cvac, %0; dsb sy" ::"r"(line) : "memory"); }

// One that is late cannot be called off: no other may be started then.
enum class Came { up, refused, late };
Came start_core(std::uint64_t affinity, PhysAddr memory) {
  starting = std::construct_at(direct<CoreArea>(memory));
  core_start_stack = reinterpret_cast<std::uint64_t>(direct<std::byte>(memory.plus(kAreaBytes)));
  core_start_root = upper_half(own_root().value);
  core_start_high = reinterpret_cast<std::uint64_t>(&core_high);
  clean(&core_start_root);
  if (!start_by_firmware(affinity, physical_of_image(reinterpret_cast<const void*>(&core_entry)))) return Came::refused;
  if (!await_core(starting->start, kStartNs)) return Came::late;
  affinities[core_count()] = affinity;
  count_core(starting->core, starting->start);
  return Came::up;
}

// Privileged access never: the nucleus has no business with user mode's addresses. PACIxSP in user mode is no landing
// pad of a jump that is not by X16 or X17, as on Linux.
void enable_features() {
  constexpr std::uint64_t kStrictPads = std::uint64_t{1} << 35;  // SCTLR_EL1.BT0
  if ((read_processor_features_1() & 15) != 0) write_control(read_control() | kStrictPads);
  if ((read_memory_features() >> 20 & 15) != 0) {
    constexpr std::uint64_t kKeepAtEntry = 1 << 23;  // SCTLR_EL1.SPAN
    write_control(read_control() & ~kKeepAtEntry);
    asm volatile("isb; .inst 0xd500419f" ::: "memory");  // msr pan, #1
  }
  allow_vectors(false);
  step_user(false);
  asm volatile("msr oslar_el1, xzr");  // the OS lock would keep steps from trapping
}

}  // namespace

void enter_core(CoreArea& area, const std::byte* stack_end) {
  CoreBlock& block = area.core.block;
  block.stack_top = reinterpret_cast<std::uint64_t>(stack_end);
  block.own = own_root().value;
  asm volatile("msr tpidr_el1, %0; msr vbar_el1, %1; msr tpidrro_el0, xzr; isb" ::"r"(&block), "r"(&exception_vectors) : "memory");
  enable_features();
}

extern "C" [[noreturn]] void nucleus_start_core() {
  CoreArea& area = *starting;
  enter_core(area, reinterpret_cast<const std::byte*>(core_start_stack));
  leave_address_space();
  if (!enable_core_interrupts()) panic("a core has no redistributor, affinity", read_affinity());
  enable_core_timer();
  wait_to_run(area.core, area.start);
  begin_scheduling();
}

void interrupt_core(unsigned number) { send_to_core(affinities[number]); }

static std::span<const std::uint64_t> listed(const TreeFacts& tree) {
  return std::span(tree.cores).first(std::min(tree.core_count, tree.cores.size()));
}

unsigned start_cores(const TreeFacts& tree, PhysAddr (*take)(std::uint64_t, std::size_t)) {
  affinities[0] = read_affinity();
  if (tree.core_count > listed(tree).size()) log("only ", listed(tree).size(), " of ", tree.core_count, " cores are used");
  for (std::size_t place = 0; place < listed(tree).size(); ++place) {
    const std::uint64_t affinity = tree.cores[place];
    if (affinity == affinities[0]) continue;
    const Came came = start_core(affinity, take(kAreaBytes, place));
    if (came == Came::up) continue;
    log("the core with affinity ", Hex{affinity}, came == Came::late ? " does not come up" : " is refused by firmware", ": left out");
    if (came == Came::late) break;
  }
  return core_count();
}

std::size_t listed_place(const TreeFacts& tree, unsigned core) {
  const auto all = listed(tree);
  return static_cast<std::size_t>(std::ranges::find(all, affinities[core]) - all.begin());
}

}  // namespace tessera::nucleus::arch
