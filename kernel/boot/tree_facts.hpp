// SPDX-License-Identifier: Apache-2.0
// What a device tree says of any machine, whatever its CPU (Devicetree Specification 0.4, 3): memory,
// cores, nodes, and what the loader chose.
#pragma once

#include "foreign/device_tree.hpp"
#include "kernel/boot/topology.hpp"
#include "kernel/sched/core_set.hpp"

namespace tessera::nucleus {

using foreign::DeviceTree;

struct TreeFacts {
  std::array<std::uint64_t, kMostCores> cores{};  // what `reg` says, by which the CPU knows itself
  std::size_t core_count = 0;                     // may be more than are kept
  std::uint64_t seed = 0;                         // random, of the loader
  std::array<PhysRange, 32> reserved{};           // RAM that is not ours
  std::size_t reserved_count = 0;
  Topology topology;                              // its cores by their places in the list above
  // Why what the tree says of nodes, or of their distances, is not believed.
  std::string_view bad_nodes, bad_distances;
};

[[nodiscard]] inline PhysRange phys_range(const DeviceTree::Range& range) { return {PhysAddr{range.start}, PhysAddr{range.end}}; }
// Text up to the first zero, or all.
[[nodiscard]] std::string_view text_of(DeviceTree::Bytes bytes);

// Fills both; boot.error says why the machine cannot be used, if so.
void read_tree(const DeviceTree& tree, BootFacts& boot, TreeFacts& facts);

}  // namespace tessera::nucleus
