// SPDX-License-Identifier: Apache-2.0
// From the boot code to the first thread.
#include <algorithm>
#include <span>

#include "acpi.hpp"
#include "apic.hpp"
#include "boot_protocols.hpp"
#include "clock.hpp"
#include "cores.hpp"
#include "descriptors.hpp"
#include "device_map.hpp"
#include "features.hpp"
#include "interrupts.hpp"
#include "kernel/boot/boot_memory.hpp"
#include "kernel/boot/genesis.hpp"
#include "kernel/iommu/devices.hpp"
#include "kernel/sched/core.hpp"
#include "kernel/sched/begin.hpp"
#include "kernel/support/log.hpp"
#include "power.hpp"
#include "topology.hpp"

namespace tessera::nucleus::arch {

extern "C" std::byte first_core_stack_end;
static CoreArea first_core;
static BootFacts facts;
static BootMemory memory;
static Topology topology;

static std::uint64_t random_word() {
  std::uint64_t value = read_tsc();
  if ((cpuid(1).ecx >> 30 & 1) != 0) {
    unsigned char ok = 0;
    std::uint64_t drawn = 0;
    for (int i = 0; i < 10 && ok == 0; ++i) asm volatile("rdrand %0; setc %1" : "=r"(drawn), "=qm"(ok));
    value ^= drawn;
  }
  return value * 0x9e3779b97f4a7c15;
}

static PhysAddr take_page() { return memory.take(kPageBytes); }

static void start_dma_units(const DmarFacts& dmar) {
  const auto take = [](std::uint64_t bytes) { return memory.take(bytes); };
  const auto map = [](PhysAddr page) { return map_device_page(page); };
  if (const std::string_view why = dma_units.start(dmar, take, map); !why.empty()) {
    log("the table of IOMMUs (DMAR) ", why, ": none is used");
  } else if (dma_units.present()) {
    log(dmar.unit_count, " IOMMUs: a device reaches what its domain has");
    const std::string_view why_not = !io_apics_are_known()      ? "leaves out an I/O APIC"
                                     : local_apic_id() > 0xff ? "cannot name the first core"
                                                              : dma_units.start_remapping(dmar, take);
    if (!why_not.empty()) log("devices may raise interrupts that are not their own: the table of IOMMUs (DMAR) ", why_not);
  }
}

static PhysAddr take_for_core(std::uint64_t bytes, std::uint32_t apic_id) {
  const std::uint8_t node = topology.node_of_core(apic_id);
  std::uint8_t found = node;
  const PhysAddr start = memory.take_near(bytes, found);
  if (topology.node_count > 1) log("the core with APIC number ", apic_id, " is on node ", node, ", its memory on node ", found);
  return start;
}

// What the loader says of it: RAM, without anything of ours in it.
static bool core_start_page_is_free() {
  const PhysAddr start{CORE_START_PAGE}, end{CORE_START_PAGE + kPageBytes};
  if (facts.bundle.start < end && start < facts.bundle.end) return false;
  return std::ranges::any_of(std::span(facts.ram).first(facts.ram_count),
                             [&](const PhysRange& range) { return range.start <= start && end <= range.end; });
}

extern "C" [[noreturn]] void nucleus_start(std::uint32_t protocol, std::uint32_t information, std::uint64_t slide) {
  set_image_slide(slide);
  build_gates();
  enter_core(first_core, &first_core_stack_end);
  add_core(first_core.core);
  detect_features();
  if (!features().system_call) {  // Intel's tell only in 64-bit mode
    log_end(protocol::log::kFatal, "this CPU has no SYSCALL instruction");
    power_off();
  }
  enable_features();

  read_boot_information(facts, protocol, information);
  if (!facts.error.empty()) {
    log_end(protocol::log::kFatal, facts.error);
    power_off();
  }
  const AcpiFacts acpi = read_acpi(facts.acpi_rsdp);
  set_power({acpi.power_port, acpi.power_value});
  remember_ram(facts);
  topology = read_topology(acpi, facts);
  memory.start(facts, image_range(), topology);
  build_address_space(facts, take_page, random_word() >> 32);
  start_local_apic();
  start_interrupts(acpi);
  start_clock();
  start_dma_units(acpi.dmar);
  const unsigned started = core_start_page_is_free() ? start_cores(acpi, take_for_core) : 1;
  log("Tessera, ", memory.total() >> 20, " MiB of RAM, ", acpi.cores, " cores found, ", started, " used");

  const ClockFacts clock = clock_facts();
  GenesisFacts genesis{.clock_hz = clock.hz, .clock_boot = clock.boot_ticks, .features = processor_features(), .cores = started, .node_count = topology.node_count,
                       .distances = topology.distances, .pci = acpi.pci};
  genesis.core_nodes[0] = topology.node_of_core(local_apic_id());
  for (unsigned core = 1; core < started; ++core) genesis.core_nodes[core] = topology.node_of_core(apic_id_of(core));
  for (std::uint64_t& word : genesis.random) word = random_word();
  start_genesis(facts, memory, genesis);
  let_cores_run();
  begin_scheduling();
}

}  // namespace tessera::nucleus::arch
