// SPDX-License-Identifier: Apache-2.0
// Linux' Documentation/devicetree/bindings: arm/psci.yaml, timer/arm,arch_timer.yaml,
// interrupt-controller/arm,gic-v3.yaml, serial/pl011.yaml.
#include "machine.hpp"

#include <algorithm>

namespace tessera::nucleus::arch {

namespace {

using Node = DeviceTree::Node;

class Reader {
 public:
  Reader(const DeviceTree& tree, MachineFacts& machine) : tree_(tree), machine_(machine) {}

  void read(const Node& node) {
    if (!tree_.in_use(node)) return;
    if (tree_.is_compatible(node, "arm,psci-1.0") || tree_.is_compatible(node, "arm,psci-0.2")) read_psci(node);
    if (tree_.is_compatible(node, "arm,gic-v3")) read_controller(node);
    if (tree_.is_compatible(node, "arm,gic-v3-its") && machine_.its.empty()) machine_.its = range(node, 0).value_or(PhysRange{});
    if (tree_.is_compatible(node, "arm,cortex-a15-gic") || tree_.is_compatible(node, "arm,gic-400")) machine_.old_controller = true;
    if (tree_.is_compatible(node, "arm,armv8-timer") || tree_.is_compatible(node, "arm,armv7-timer")) read_timer(node);
    if (tree_.is_compatible(node, "arm,pl011") && machine_.uart.empty()) machine_.uart = range(node, 0).value_or(PhysRange{});
  }

 private:
  [[nodiscard]] std::optional<PhysRange> range(const Node& node, unsigned index) const {
    return tree_.range(node, index).transform(phys_range);
  }

  void read_psci(const Node& node) {
    const auto method = tree_.property(node, "method");
    if (!method) return;
    if (text_of(*method) == "hvc") machine_.conduit = Conduit::hypervisor;
    if (text_of(*method) == "smc") machine_.conduit = Conduit::secure_monitor;
  }

  void read_controller(const Node& node) {
    if (!machine_.distributor.empty()) return;
    machine_.distributor = range(node, 0).value_or(PhysRange{});
    const std::uint64_t regions = tree_.number(node, "#redistributor-regions").value_or(1);
    for (unsigned i = 0; i < std::min<std::uint64_t>(regions, machine_.redistributors.size()); ++i) {
      const auto part = range(node, 1 + i);
      if (!part || part->empty()) break;
      machine_.redistributors[machine_.redistributor_count++] = *part;
    }
  }

  // Secure physical, physical, virtual, hypervisor: each a kind (1: of the core's own), a number, flags.
  void read_timer(const Node& node) {
    constexpr std::size_t kVirtual = 2, kCells = 3;
    constexpr std::uint32_t kFirstOwn = 16;
    const auto list = tree_.property(node, "interrupts");
    if (!list || list->size() < (kVirtual + 1) * kCells * 4 || DeviceTree::cell(*list, kVirtual * kCells) != 1) return;
    const std::uint32_t number = DeviceTree::cell(*list, kVirtual * kCells + 1);
    if (number < 16) machine_.timer_interrupt = kFirstOwn + number;
  }

  const DeviceTree& tree_;
  MachineFacts& machine_;
};

}  // namespace

void read_machine(const DeviceTree& tree, BootFacts& boot, MachineFacts& machine) {
  Reader reader(tree, machine);
  tree.each([&](const Node& node) { reader.read(node); });
  if (!boot.error.empty()) return;
  if (machine.distributor.empty() || machine.redistributor_count == 0) {
    boot.error = machine.old_controller ? "the interrupt controller is older than GICv3, which this nucleus needs"
                                        : "the device tree has no GICv3 interrupt controller";
  } else if (machine.timer_interrupt == 0) {
    boot.error = "the device tree has no timer";
  }
}

}  // namespace tessera::nucleus::arch
