// SPDX-License-Identifier: Apache-2.0
// The machine's nodes, as the nucleus tells them: which are near to which, and what
// the log says of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::genesis {

inline constexpr std::size_t kMostNodes = 16;

[[nodiscard]] std::size_t node_count();
// Of the first core, on which genesis runs.
[[nodiscard]] unsigned own_node();

// All nodes: this one, then the nearest first.
struct NodeOrder {
  std::array<std::uint8_t, kMostNodes> nodes{};
  std::size_t count = 0;
  [[nodiscard]] std::span<const std::uint8_t> all() const { return std::span(nodes).first(count); }
};
[[nodiscard]] NodeOrder nearest_first(unsigned node);

// A line for each, when there are several.
void log_nodes();

}  // namespace tessera::genesis
