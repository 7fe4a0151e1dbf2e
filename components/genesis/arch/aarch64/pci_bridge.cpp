// SPDX-License-Identifier: Apache-2.0
#include "pci_bridge.hpp"

#include <algorithm>

#include "lib/rt/format.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr std::uint64_t kBusBytes = 1 << 20;
constexpr std::size_t kPciCells = 3, kSizeCells = 2;

}  // namespace

std::optional<PciBridge> PciBridge::open() {
  const DeviceTree* tree = machine_tree();
  if (tree == nullptr) return std::nullopt;
  std::optional<PciBridge> found;
  tree->each([&](const DeviceTree::Node& node) {
    if (found || !tree->in_use(node) || !tree->is_compatible(node, "pci-host-ecam-generic")) return;
    PciBridge bridge;
    if (const std::string_view why = bridge.read_node(*tree, node); why.empty()) found = bridge;
    else rt::log("the PCI bridge {} is not used: {}", node.name, why);
  });
  return found;
}

std::string_view PciBridge::read_node(const DeviceTree& tree, const DeviceTree::Node& node) {
  const auto registers = tree.range(node, 0);
  const auto ranges = tree.property(node, "ranges");
  if (!registers || !ranges || node.bus == nullptr || tree.number(node, "#address-cells") != kPciCells ||
      tree.number(node, "#size-cells") != kSizeCells) {
    return "the device tree describes it badly";
  }
  // What a device writes would have to be thrown out of caches.
  if (!tree.has(node, "dma-coherent")) return "its devices do not see the caches";
  const auto buses = tree.property(node, "bus-range");
  const std::uint32_t first = buses ? DeviceTree::cell(*buses, 0) : 0, last = buses ? DeviceTree::cell(*buses, 1) : 255;
  if (first > last || last > 255) return "its range of buses makes no sense";
  windows_ = PciWindows::read(*ranges, *node.bus);
  read_numbers(tree, node, "msi-map", {"arm,gic-v3-its", "arm,gic-v2m-frame"}, senders_);
  read_numbers(tree, node, "iommu-map", {"arm,smmu-v3"}, streams_);
  const std::uint64_t described = std::min<std::uint64_t>((registers->end - registers->start) / kBusBytes, last - first + 1);
  return configuration_.map(registers->start, first, static_cast<unsigned>(described));
}

// `msi-map` and `iommu-map` (Linux' bindings, pci/pci-msi.txt and pci/pci-iommu.txt): first function, whose numbers, the
// first's there, count.
void PciBridge::read_numbers(const DeviceTree& tree, const DeviceTree::Node& node, std::string_view map_name,
                             std::initializer_list<std::string_view> kinds, NumberMap& into) {
  constexpr std::size_t kEntry = 4;
  constexpr std::string_view kMask = "-mask";
  std::array<char, 32> mask_name;
  const auto map = tree.property(node, map_name);
  if (!map || tree.has(node, rt::format_to(mask_name, "{}{}", map_name, kMask))) return;
  std::optional<std::uint64_t> wanted;
  for (const std::string_view kind : kinds)
    tree.each([&](const DeviceTree::Node& one) {
      if (!wanted && tree.in_use(one) && tree.is_compatible(one, kind)) wanted = tree.number(one, "phandle").value_or(0);
    });
  for (std::size_t at = 0; (at + kEntry) * 4 <= map->size() && into.count < into.parts.size(); at += kEntry) {
    if (wanted != DeviceTree::cell(*map, at + 1)) continue;
    into.parts[into.count] = {DeviceTree::cell(*map, at), DeviceTree::cell(*map, at + 3), DeviceTree::cell(*map, at + 2)};
    ++into.count;
  }
}

std::optional<std::uint32_t> PciBridge::NumberMap::find(std::uint16_t requester) const {
  for (const Part& part : std::span(parts).first(count)) {
    if (requester >= part.first && requester - part.first < part.count) return part.there + (requester - part.first);
  }
  return std::nullopt;
}

std::uint32_t PciBridge::read(PciAddress at, unsigned offset) const {
  return configuration_.has(at.bus) ? configuration_.read(at, offset) : ~0u;
}

void PciBridge::write(PciAddress at, unsigned offset, std::uint32_t value) const {
  if (configuration_.has(at.bus)) configuration_.write(at, offset, value);
}

}  // namespace tessera::genesis
