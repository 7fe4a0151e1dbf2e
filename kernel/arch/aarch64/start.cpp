// SPDX-License-Identifier: Apache-2.0
// From the boot code to the first thread.
#include <algorithm>
#include <span>

#include "arch.hpp"
#include "clock.hpp"
#include "controller.hpp"
#include "cores.hpp"
#include "device_map.hpp"
#include "firmware.hpp"
#include "kernel/boot/boot_memory.hpp"
#include "kernel/boot/genesis.hpp"
#include "kernel/iommu/devices.hpp"
#include "kernel/sched/begin.hpp"
#include "kernel/support/architecture.hpp"
#include "kernel/support/log.hpp"
#include "messages.hpp"
#include "uart.hpp"

namespace tessera::nucleus::arch {

extern "C" std::byte first_core_stack_end;
static CoreArea first_core;
static BootFacts facts;
static TreeFacts tree_facts;
static SmmuFacts smmu;
static MachineFacts machine;
static BootMemory memory;

// The loader's seed, the counter, and the CPU's own generator where it has one (FEAT_RNG).
static std::uint64_t random_word() {
  static std::uint64_t state = 0;
  std::uint64_t drawn = 0;
  if ((read_instruction_features() >> 60 & 15) != 0) asm volatile("mrs %0, S3_3_C2_C4_0" : "=r"(drawn)::"cc");  // RNDR
  state = (state ^ tree_facts.seed ^ read_counter() ^ drawn) * 0x9e3779b97f4a7c15;
  state ^= state >> 32;
  return state * 0x9e3779b97f4a7c15;
}

static PhysAddr take(std::uint64_t bytes) { return memory.take(bytes); }

static std::uint8_t node_of_core(std::size_t place) { return tree_facts.topology.node_of_core(static_cast<std::uint32_t>(place)); }

static PhysAddr take_for_core(std::uint64_t bytes, std::size_t place) {
  const std::uint8_t node = node_of_core(place);
  std::uint8_t found = node;
  const PhysAddr start = memory.take_near(bytes, found);
  if (tree_facts.topology.node_count > 1) {
    log("the core with affinity ", Hex{tree_facts.cores[place]}, " is on node ", node, ", its memory on node ", found);
  }
  return start;
}

static void log_bad_nodes() {
  const std::string_view nodes = tree_facts.bad_nodes, distances = tree_facts.bad_distances;
  if (!nodes.empty()) log("the device tree ", nodes, ": the machine is taken as one node");
  if (!distances.empty()) log("the device tree's map of distances ", distances, ": some nodes are taken as equally far apart");
}

static void start_dma_units() {
  if (smmu.end == 0) return;
  const Registers registers{map_device({PhysAddr{smmu.start}, PhysAddr{smmu.end}})};
  const std::string_view why = dma_units.start(smmu, registers, take, message_address());
  if (why.empty()) log("an SMMU: a device behind it reaches what its domain has");
  else log("the SMMU ", why, ": it is not used");
}

[[noreturn]] static void give_up(std::string_view why) {
  log_end(protocol::log::kFatal, why);
  power_off();
}

// Copies what is kept of the tree: it is not mapped any more when the address space is built.
static void open_tree(PhysAddr at) {
  constexpr std::size_t kHead = 40;
  if (!aligned(at.value, 8) || at.value == 0) return;
  const std::size_t bytes = DeviceTree::size_of(direct_span<const std::byte>(at, kHead));
  if (bytes == 0) return;
  const auto tree = DeviceTree::open(direct_span<const std::byte>(at, bytes));
  if (!tree) {
    facts.error = tree.error();
    return;
  }
  facts.device_tree = {at, at.plus(bytes)};
  read_tree(*tree, facts, tree_facts);
  read_machine(*tree, facts, machine);
  smmu = read_smmu(*tree);
}

// Nobody knows where a port is: one line, if it is where QEMU's `virt` has it. What is there instead may as well abort.
[[noreturn]] static void give_up_without_tree() {
  constexpr PhysRange kLikely{PhysAddr{0x0900'0000}, PhysAddr{0x0900'1000}};
  build_address_space(facts, 0);
  if (const std::uint64_t port = map_device(kLikely); is_uart(port)) set_uart(port);
  give_up(facts.error.empty() ? "no device tree" : facts.error);
}

static bool in_ram(const PhysRange& wanted) {
  return std::ranges::any_of(std::span(facts.ram).first(facts.ram_count),
                             [&](const PhysRange& ram) { return ram.start <= wanted.start && wanted.end <= ram.end; });
}

extern "C" [[noreturn]] void nucleus_start(std::uint64_t tree_at, std::uint64_t image_at, std::uint64_t slide) {
  set_image_place(PhysAddr{image_at}, slide);
  enter_core(first_core, &first_core_stack_end);
  add_core(first_core.core);
  open_tree(PhysAddr{tree_at});
  set_conduit(machine.conduit);
  if (facts.device_tree.empty()) give_up_without_tree();
  remember_ram(facts);
  for (const PhysRange& reserved : std::span(tree_facts.reserved).first(tree_facts.reserved_count)) reserve_ram(facts, reserved);
  build_address_space(facts, random_word() >> 32);
  if (!machine.uart.empty()) set_uart(map_device(machine.uart));
  if (!facts.error.empty()) give_up(facts.error);
  if (!in_ram(facts.bundle)) give_up("the bundle is not in memory");
  reserve_ram(facts, facts.device_tree);
  log_bad_nodes();
  memory.start(facts, image_range(), tree_facts.topology);

  start_controller(machine);
  if (!enable_core_interrupts()) give_up("the first core has no interrupt redistributor");
  start_messages(machine, own_redistributor(), take);
  start_dma_units();
  if (!start_clock()) give_up("firmware does not say how fast the counter counts");
  enable_core_timer();
  const unsigned started = start_cores(tree_facts, take_for_core);
  log("Tessera, ", memory.total() >> 20, " MiB of RAM, ", tree_facts.core_count, " cores found, ", started, " used");

  const ClockFacts clock = clock_facts();
  GenesisFacts genesis{.clock_hz = clock.hz, .clock_boot = clock.boot_ticks, .features = processor_features(), .cores = started,
                       .node_count = tree_facts.topology.node_count, .distances = tree_facts.topology.distances, .pci = {}};
  for (unsigned core = 0; core < started; ++core) genesis.core_nodes[core] = node_of_core(listed_place(tree_facts, core));
  for (std::uint64_t& word : genesis.random) word = random_word();
  start_genesis(facts, memory, genesis);
  let_cores_run();
  begin_scheduling();
}

}  // namespace tessera::nucleus::arch
