// SPDX-License-Identifier: Apache-2.0
// INIT and start-up interprocessor interrupts: Intel SDM 3, 9.4.4.1.
#include "cores.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <span>

#include "apic.hpp"
#include "features.hpp"
#include "kernel/sched/begin.hpp"
#include "kernel/support/log.hpp"

namespace tessera::nucleus::arch {

extern "C" const std::byte core_start_code, core_start_code_end;

// What the code that a core starts with reads. One core starts at a time.
extern "C" {
std::uint64_t core_start_distance;  // from where the image is in memory to where it runs
std::uint64_t core_start_root;
std::uint64_t core_start_stack;
}

namespace {

// Twice: an emulator on a busy machine may run its core as late as this.
constexpr std::uint64_t kStartNs = 1'000'000'000;
constexpr std::uint64_t kAreaBytes = std::bit_ceil(sizeof(CoreArea) + CORE_STACK_BYTES);

CoreArea* starting;
std::array<std::uint32_t, kMostCores> apic_ids;  // by the cores' numbers

#pragma clang unsafe_buffer_usage begin
std::span<const std::byte> start_code() {
  return {&core_start_code, static_cast<std::size_t>(&core_start_code_end - &core_start_code)};
}
#pragma clang unsafe_buffer_usage end

bool start_core(std::uint32_t id, TakeForCore take) {
  const PhysAddr memory = take(kAreaBytes, id);
  starting = std::construct_at(direct<CoreArea>(memory));
  core_start_stack = reinterpret_cast<std::uint64_t>(direct<std::byte>(memory.plus(kAreaBytes)));
  send_init(id);
  send_start(id, CORE_START_PAGE / kPageBytes);
  if (!await_core(starting->start, kStartNs)) {
    send_start(id, CORE_START_PAGE / kPageBytes);  // the manual asks for a second
    if (!await_core(starting->start, kStartNs)) {
      send_init(id);  // or, being late, it would begin on the stack of the next
      return false;
    }
  }
  apic_ids[core_count()] = id;
  count_core(starting->core, starting->start);
  return true;
}

}  // namespace

void enter_core(CoreArea& area, const std::byte* stack_end) {
  area.core.block.stack_top = reinterpret_cast<std::uint64_t>(stack_end);
  load_descriptors(area.core.block, area.descriptors);
}

extern "C" [[noreturn]] void nucleus_start_core() {
  CoreArea& area = *starting;
  enter_core(area, reinterpret_cast<const std::byte*>(core_start_stack));
  area.core.block.root = core_start_root;
  enable_features();
  enable_local_apic();
  enable_core_timer();
  wait_to_run(area.core, area.start);
  begin_scheduling();
}

void interrupt_core(unsigned number) { send_interrupt(apic_ids[number], kCoreVector); }

std::uint32_t apic_id_of(unsigned core) { return apic_ids[core]; }

unsigned start_cores(const AcpiFacts& acpi, TakeForCore take) {
  core_start_distance = LINK_ADDRESS - LOAD_ADDRESS + image_slide();
  core_start_root = core_block()->root;
  const auto listed = std::span(acpi.core_ids).first(std::min<std::size_t>(acpi.cores, kMostCores));
  if (acpi.cores > listed.size()) log("only ", listed.size(), " of ", acpi.cores, " cores are used");
  apic_ids[0] = local_apic_id();
  if (listed.size() < 2) return 1;
  std::ranges::copy(start_code(), direct<std::byte>(PhysAddr{CORE_START_PAGE}));
  for (const std::uint32_t id : listed) {
    if (id == apic_ids[0]) continue;
    // What xAPIC cannot name would name another core, perhaps this one.
    const bool can_be_named = features().x2apic || id < 255;
    if (can_be_named && start_core(id, take)) continue;
    log("the core with APIC number ", id, " does not start: left out");
  }
  return core_count();
}

}  // namespace tessera::nucleus::arch
