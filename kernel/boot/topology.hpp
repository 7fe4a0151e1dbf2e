// SPDX-License-Identifier: Apache-2.0
// Nodes: the parts of a machine whose cores reach the memory of their own part
// sooner than that of others. What firmware said of them, in one form whatever told
// it. A machine of which nothing is known is one node.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/boot/memory_map.hpp"

namespace tessera::nucleus {

inline constexpr std::size_t kMostNodes = 16;

struct NodeMemory {
  PhysRange range{};
  std::uint8_t node = 0;
};
struct NodeCore {
  std::uint32_t id = 0;  // the hardware's number of the core
  std::uint8_t node = 0;
};
using Distances = std::array<std::array<std::uint8_t, kMostNodes>, kMostNodes>;

struct Topology {
  static constexpr std::uint8_t kOwnDistance = 10, kOtherDistance = 20;  // ACPI 6.5, 5.2.17
  static constexpr std::size_t kMostParts = 64, kMostKnownCores = 64;

  std::size_t node_count = 1;
  std::array<NodeMemory, kMostParts> parts{};  // ascending, apart from each other, page-aligned
  std::size_t part_count = 0;
  std::array<NodeCore, kMostKnownCores> cores{};
  std::size_t core_count = 0;
  Distances distances{{{kOwnDistance}}};  // from, to

  [[nodiscard]] std::span<const NodeMemory> memory() const { return std::span(parts).first(part_count); }
  // 0 for a core that is not known.
  [[nodiscard]] std::uint8_t node_of_core(std::uint32_t id) const {
    for (const NodeCore& core : std::span(cores).first(core_count))
      if (core.id == id) return core.node;
    return 0;
  }
};

}  // namespace tessera::nucleus
