// SPDX-License-Identifier: Apache-2.0
// Linux' Documentation/devicetree/bindings: arm/psci.yaml, timer/arm,arch_timer.yaml,
// interrupt-controller/arm,gic-v3.yaml and arm,gic.yaml (with the frames of a GICv2m), serial/pl011.yaml.
#include "kernel/boot/arm_machine.hpp"

#include <algorithm>

namespace tessera::nucleus {

namespace {

using Node = DeviceTree::Node;

PhysRange range(const DeviceTree& tree, const Node& node, unsigned index) {
  return tree.range(node, index).transform(phys_range).value_or(PhysRange{});
}

void read_firmware(const DeviceTree& tree, const Node& node, MachineFacts& machine) {
  const std::string_view method = text_of(tree.property(node, "method").value_or(DeviceTree::Bytes{}));
  if (method == "hvc") machine.conduit = Conduit::hypervisor;
  if (method == "smc") machine.conduit = Conduit::secure_monitor;
}

void read_controller(const DeviceTree& tree, const Node& node, MachineFacts& machine) {
  if (!machine.distributor.empty()) return;
  machine.distributor = range(tree, node, 0);
  const std::uint64_t regions = tree.number(node, "#redistributor-regions").value_or(1);
  for (unsigned i = 0; i < std::min<std::uint64_t>(regions, machine.redistributors.size()); ++i) {
    const PhysRange part = range(tree, node, 1 + i);
    if (part.empty()) break;
    machine.redistributors[machine.redistributor_count++] = part;
  }
}

void read_old_controller(const DeviceTree& tree, const Node& node, MachineFacts& machine) {
  if (!machine.distributor.empty()) return;
  machine.distributor = range(tree, node, 0);
  machine.interface = range(tree, node, 1);
}

void read_frame(const DeviceTree& tree, const Node& node, MachineFacts& machine) {
  if (!machine.message_frame.empty()) return;
  constexpr std::uint64_t kMost = 1024;
  machine.message_frame = range(tree, node, 0);
  const auto first = tree.number(node, "arm,msi-base-spi"), count = tree.number(node, "arm,msi-num-spis");
  if (!first || !count || *first > kMost || *count > kMost) return;
  machine.first_line = static_cast<std::uint32_t>(*first), machine.line_count = static_cast<std::uint32_t>(*count);
}

// Secure physical, physical, virtual, hypervisor: each a kind (1: of the core's own), a number, flags.
void read_timer(const DeviceTree& tree, const Node& node, MachineFacts& machine) {
  constexpr std::size_t kVirtual = 2, kCells = 3;
  constexpr std::uint32_t kFirstOwn = 16;
  const auto list = tree.property(node, "interrupts");
  if (!list || list->size() < (kVirtual + 1) * kCells * 4 || DeviceTree::cell(*list, kVirtual * kCells) != 1) return;
  const std::uint32_t number = DeviceTree::cell(*list, kVirtual * kCells + 1);
  if (number < 16) machine.timer_interrupt = kFirstOwn + number;
}

}  // namespace

MessageLines message_lines_of(const MachineFacts& machine, std::uint32_t told, std::uint32_t end) {
  constexpr std::uint32_t kFirstShared = 32;
  MessageLines lines{told >> 16 & 0x3ff, told & 0x3ff};
  if (machine.line_count != 0) lines = {machine.first_line, machine.line_count};
  return lines.first >= kFirstShared && lines.first + lines.count <= end ? lines : MessageLines{};
}

void read_machine(const DeviceTree& tree, BootFacts& boot, MachineFacts& machine) {
  tree.each([&](const Node& node) {
    if (!tree.in_use(node)) return;
    const auto is = [&](std::string_view kind) { return tree.is_compatible(node, kind); };
    if (is("arm,psci-1.0") || is("arm,psci-0.2")) read_firmware(tree, node, machine);
    if (is("arm,gic-v3")) read_controller(tree, node, machine);
    if (is("arm,gic-v3-its") && machine.its.empty()) machine.its = range(tree, node, 0);
    if (is("arm,gic-v2m-frame")) read_frame(tree, node, machine);
    if (is("arm,cortex-a15-gic") || is("arm,gic-400")) read_old_controller(tree, node, machine);
    if (is("arm,armv8-timer") || is("arm,armv7-timer")) read_timer(tree, node, machine);
    if (is("arm,pl011") && machine.uart.empty()) machine.uart = range(tree, node, 0);
  });
  if (!boot.error.empty()) return;
  if (machine.distributor.empty() || (machine.redistributor_count == 0 && machine.interface.empty())) {
    boot.error = "the device tree has no interrupt controller that this nucleus knows: GICv3 or GICv2";
  } else if (machine.timer_interrupt == 0) {
    boot.error = "the device tree has no timer";
  }
}

}  // namespace tessera::nucleus
