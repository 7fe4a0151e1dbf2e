// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/tree_device.hpp"

#include <abi/nucleus.hpp>
#include <bit>

#include "components/genesis/machine_tree.hpp"

namespace tessera::genesis {

namespace {

// Linux' Documentation/devicetree/bindings, interrupt-controller/arm,gic.yaml: kind (0: a line that
// cores share), number, flags. Other controllers, and lists of another length, are not understood.
std::optional<std::uint64_t> line_of(const DeviceTree& tree, const DeviceTree::Node& node) {
  constexpr std::size_t kCells = 3;
  const auto list = tree.property(node, "interrupts");
  if (!list || list->size() < kCells * 4 || tree.has(node, "interrupt-parent") || DeviceTree::cell(*list, 0) != 0) return std::nullopt;
  return DeviceTree::cell(*list, 1);
}

}  // namespace

std::optional<TreeDevice> find_in_tree(std::string_view compatible, unsigned nth) {
  const DeviceTree* tree = machine_tree();
  if (tree == nullptr) return std::nullopt;
  std::optional<TreeDevice> found;
  tree->each([&](const DeviceTree::Node& node) {
    if (found || !tree->in_use(node) || !tree->is_compatible(node, compatible)) return;
    const auto range = tree->range(node, 0);
    if (!range || range->end - range->start < abi::kPageBytes || range->start % abi::kPageBytes != 0) return;
    if (nth-- > 0) return;
    std::uint64_t bytes = std::bit_floor(range->end - range->start);
    while (range->start % bytes != 0) bytes /= 2;
    found = TreeDevice{range->start, bytes, line_of(*tree, node)};
  });
  return found;
}

std::optional<TreeEntry> nth_in_tree(std::size_t nth) {
  const DeviceTree* tree = machine_tree();
  if (tree == nullptr) return std::nullopt;
  std::optional<TreeEntry> found;
  tree->each([&](const DeviceTree::Node& node) {
    const auto compatible = found || !tree->in_use(node) ? std::nullopt : tree->property(node, "compatible");
    const auto range = compatible ? tree->range(node, 0) : std::nullopt;
    if (!range || nth-- > 0) return;
    const std::string_view names(reinterpret_cast<const char*>(compatible->data()), compatible->size());
    found = TreeEntry{names.substr(0, names.find('\0')), range->start};
  });
  return found;
}

}  // namespace tessera::genesis
