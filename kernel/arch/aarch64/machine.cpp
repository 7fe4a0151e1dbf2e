// SPDX-License-Identifier: Apache-2.0
// Devicetree Specification 0.4, 3 (nodes that every machine has); Linux'
// Documentation/devicetree/bindings: arm/psci.yaml, timer/arm,arch_timer.yaml,
// interrupt-controller/arm,gic-v3.yaml, serial/pl011.yaml.
#include "machine.hpp"

#include <algorithm>

namespace tessera::nucleus::arch {

namespace {

using Bytes = DeviceTree::Bytes;
using Node = DeviceTree::Node;

PhysRange physical(const DeviceTree::Range& range) { return {PhysAddr{range.start}, PhysAddr{range.end}}; }

std::string_view text_of(Bytes bytes) {
  const auto end = std::ranges::find(bytes, std::byte{0});
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.begin())};
}

// "memory" of "memory@40000000".
std::string_view kind_of(const Node& node) { return {node.name.data(), std::min(node.name.find('@'), node.name.size())}; }

std::string_view device_type(const DeviceTree& tree, const Node& node) {
  const auto type = tree.property(node, "device_type");
  return type ? text_of(*type) : std::string_view{};
}

class Reader {
 public:
  Reader(const DeviceTree& tree, BootFacts& boot, MachineFacts& machine) : tree_(tree), boot_(boot), machine_(machine) {}

  void read(const Node& node) {
    const unsigned depth = depth_of(node);
    if (depth <= kMostKept) inside_[depth] = kind_of(node);
    const std::string_view parent = depth >= 1 && depth - 1 <= kMostKept ? inside_[depth - 1] : std::string_view{};
    if (depth == 1 && kind_of(node) == "chosen") read_chosen(node);
    if (!tree_.in_use(node)) return;
    if (device_type(tree_, node) == "memory" && depth == 1) read_memory(node);
    if (depth == 2 && parent == "reserved-memory") read_reserved(node);
    if (depth == 2 && parent == "cpus" && device_type(tree_, node) == "cpu") read_core(node);
    if (tree_.is_compatible(node, "arm,psci-1.0") || tree_.is_compatible(node, "arm,psci-0.2")) read_psci(node);
    if (tree_.is_compatible(node, "arm,gic-v3")) read_controller(node);
    if (tree_.is_compatible(node, "arm,gic-v3-its") && machine_.its.empty()) machine_.its = range(node, 0).value_or(PhysRange{});
    if (tree_.is_compatible(node, "arm,cortex-a15-gic") || tree_.is_compatible(node, "arm,gic-400")) machine_.old_controller = true;
    if (tree_.is_compatible(node, "arm,armv8-timer") || tree_.is_compatible(node, "arm,armv7-timer")) read_timer(node);
    if (tree_.is_compatible(node, "arm,pl011") && machine_.uart.empty()) machine_.uart = range(node, 0).value_or(PhysRange{});
  }

 private:
  static constexpr unsigned kMostKept = 2;

  [[nodiscard]] std::optional<PhysRange> range(const Node& node, unsigned index) const {
    return tree_.range(node, index).transform(physical);
  }

  static unsigned depth_of(const Node& node) {
    unsigned depth = 0;
    for (const DeviceTree::Bus* bus = node.bus; bus != nullptr; bus = bus->parent) ++depth;
    return depth;
  }

  void reserve(const PhysRange& range) {
    if (range.empty()) return;
    if (machine_.reserved_count == machine_.reserved.size()) {
      boot_.error = "the device tree reserves too many parts of memory";
      return;
    }
    machine_.reserved[machine_.reserved_count++] = range;
  }

  void read_memory(const Node& node) {
    for (unsigned i = 0; const auto part = range(node, i); ++i) add_ram(boot_, part->start.value, part->bytes());
  }
  void read_reserved(const Node& node) {
    for (unsigned i = 0; const auto part = range(node, i); ++i) reserve(*part);
  }

  void read_core(const Node& node) {
    const auto reg = tree_.property(node, "reg");
    if (!reg || reg->empty() || reg->size() > 8) return;
    std::uint64_t affinity = DeviceTree::cell(*reg, 0);
    if (reg->size() == 8) affinity = affinity << 32 | DeviceTree::cell(*reg, 1);
    if (machine_.core_count < machine_.cores.size()) machine_.cores[machine_.core_count] = affinity;
    ++machine_.core_count;
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

  void read_chosen(const Node& node) {
    const auto start = tree_.number(node, "linux,initrd-start"), end = tree_.number(node, "linux,initrd-end");
    if (start && end && *start < *end) boot_.bundle = {PhysAddr{*start}, PhysAddr{*end}};
    if (const auto line = tree_.property(node, "bootargs")) {
      const std::string_view text = text_of(*line);
      std::ranges::copy_n(text.begin(), static_cast<std::ptrdiff_t>(std::min(text.size(), boot_.command_line.size() - 1)),
                          boot_.command_line.begin());
    }
    machine_.seed = tree_.number(node, "kaslr-seed").value_or(0);
    if (const auto more = tree_.property(node, "rng-seed")) {
      for (std::size_t i = 0; i < more->size() / 4; ++i) {
        machine_.seed = (machine_.seed ^ DeviceTree::cell(*more, i)) * 0x9e3779b97f4a7c15;
      }
    }
  }

  const DeviceTree& tree_;
  BootFacts& boot_;
  MachineFacts& machine_;
  std::array<std::string_view, kMostKept + 1> inside_{};
};

}  // namespace

void read_machine(const DeviceTree& tree, BootFacts& boot, MachineFacts& machine) {
  Reader reader(tree, boot, machine);
  tree.each([&](const Node& node) { reader.read(node); });
  for (unsigned i = 0; const auto range = tree.reservation(i); ++i) {
    if (machine.reserved_count < machine.reserved.size()) machine.reserved[machine.reserved_count++] = physical(*range);
    else boot.error = "the device tree reserves too many parts of memory";
  }
  settle_ram(boot);
  if (!boot.error.empty()) return;
  if (boot.ram_count == 0) {
    boot.error = "the device tree has no memory";
  } else if (boot.bundle.empty()) {
    boot.error = "no bundle: load one as the initial RAM disk";
  } else if (!aligned(boot.bundle.start.value, kPageBytes)) {
    boot.error = "the bundle does not begin at a page";
  } else if (machine.distributor.empty() || machine.redistributor_count == 0) {
    boot.error = machine.old_controller ? "the interrupt controller is older than GICv3, which this nucleus needs"
                                        : "the device tree has no GICv3 interrupt controller";
  } else if (machine.timer_interrupt == 0) {
    boot.error = "the device tree has no timer";
  }
}

}  // namespace tessera::nucleus::arch
