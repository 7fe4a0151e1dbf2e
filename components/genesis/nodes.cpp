// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/nodes.hpp"

#include <algorithm>
#include <string_view>

#include "components/genesis/boot.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

static_assert(kMostNodes * kMostNodes == sizeof(abi::BootInfo::node_distances));

std::uint8_t distance(unsigned from, unsigned to) { return boot().node_distances[kMostNodes * from + to]; }

using Text = std::array<char, 256>;

// Adds a number to a list; what does not fit is left out.
void list(Text& text, std::size_t& used, std::uint64_t number) {
  used += rt::format_to(std::span(text).subspan(used), " {}", number).size();
}

void log_node(unsigned node) {
  Text cores, distances;
  std::size_t cores_used = 0, distances_used = 0;
  for (std::uint64_t core = 0; core < std::min<std::uint64_t>(boot().cores, boot().core_nodes.size()); ++core) {
    if (boot().core_nodes[core] == node) list(cores, cores_used, core);
  }
  for (unsigned to = 0; to < node_count(); ++to) list(distances, distances_used, distance(node, to));
  rt::log("node {}: {} KiB free, cores{}, distances{}", node, store().free_bytes(node) / 1024,
          cores_used == 0 ? std::string_view(" none") : std::string_view(cores.data(), cores_used),
          std::string_view(distances.data(), distances_used));
}

}  // namespace

std::size_t node_count() { return std::clamp<std::size_t>(boot().node_count, 1, kMostNodes); }
unsigned own_node() { return boot().core_nodes.front(); }

NodeOrder nearest_first(unsigned node) {
  NodeOrder order{.count = node_count()};
  const auto before = [node](unsigned one, unsigned other) { return one == node || (other != node && distance(node, one) < distance(node, other)); };
  for (unsigned next = 0; next < order.count; ++next) {
    std::size_t place = next;
    for (; place > 0 && before(next, order.nodes[place - 1]); --place) order.nodes[place] = order.nodes[place - 1];
    order.nodes[place] = static_cast<std::uint8_t>(next);
  }
  return order;
}

void log_nodes() {
  if (node_count() == 1) return;
  for (unsigned node = 0; node < node_count(); ++node) log_node(node);
}

}  // namespace tessera::genesis
