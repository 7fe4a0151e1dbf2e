// SPDX-License-Identifier: Apache-2.0
// Nodes: Linux' Documentation/devicetree/bindings/numa.txt.
#include "kernel/boot/tree_facts.hpp"

#include <algorithm>
#include <numeric>

#include "kernel/boot/node_claims.hpp"

namespace tessera::nucleus {

namespace {

using Bytes = DeviceTree::Bytes;
using Node = DeviceTree::Node;
using Why = NodeClaims::Why;

// "memory" of "memory@40000000".
std::string_view kind_of(const Node& node) { return {node.name.data(), std::min(node.name.find('@'), node.name.size())}; }

std::string_view device_type(const DeviceTree& tree, const Node& node) {
  const auto type = tree.property(node, "device_type");
  return type ? text_of(*type) : std::string_view{};
}

unsigned depth_of(const Node& node) {
  unsigned depth = 0;
  for (const DeviceTree::Bus* bus = node.bus; bus != nullptr; bus = bus->parent) ++depth;
  return depth;
}

std::optional<std::uint64_t> number_of_core(const DeviceTree& tree, const Node& node) {
  const auto reg = tree.property(node, "reg");
  if (!reg || (reg->size() != 4 && reg->size() != 8)) return std::nullopt;
  return DeviceTree::cells(*reg, 0, reg->size() / 4);
}

// Visits what is in use and says what it is: memory and cores, and all that is reserved.
template <typename Memory, typename Core, typename Reserved>
void each_part(const DeviceTree& tree, Memory memory, Core core, Reserved reserved) {
  std::string_view parent;  // of those at depth 2
  tree.each([&](const Node& node) {
    const unsigned depth = depth_of(node);
    if (depth == 1) parent = kind_of(node);
    if (!tree.in_use(node)) return;
    if (depth == 1 && device_type(tree, node) == "memory") memory(node);
    if (depth == 2 && parent == "cpus" && device_type(tree, node) == "cpu") core(node);
    if (depth == 2 && parent == "reserved-memory") reserved(node);
  });
}

template <typename Visit>
void each_range(const DeviceTree& tree, const Node& node, Visit visit) {
  for (unsigned i = 0; const auto range = tree.range(node, i); ++i) visit(*range);
}

void read_chosen(const DeviceTree& tree, const Node& node, BootFacts& boot, TreeFacts& facts) {
  const auto start = tree.number(node, "linux,initrd-start"), end = tree.number(node, "linux,initrd-end");
  if (start && end && *start < *end) boot.bundle = {PhysAddr{*start}, PhysAddr{*end}};
  if (const auto line = tree.property(node, "bootargs")) {
    const std::string_view text = text_of(*line);
    std::ranges::copy_n(text.begin(), static_cast<std::ptrdiff_t>(std::min(text.size(), boot.command_line.size() - 1)),
                        boot.command_line.begin());
  }
  facts.seed = tree.number(node, "kaslr-seed").value_or(0);
  if (const auto more = tree.property(node, "rng-seed")) {
    for (std::size_t i = 0; i < more->size() / 4; ++i) facts.seed = (facts.seed ^ DeviceTree::cell(*more, i)) * 0x9e3779b97f4a7c15;
  }
}

// Rows of two domains and how far the second is from the first; the way back is as far where it is not told.
Why read_distances(Distances& distances, Bytes matrix, std::span<const std::uint32_t> domains) {
  constexpr std::size_t kRow = 3;
  Distances told{};
  for (std::size_t row = 0; (row + kRow) * 4 <= matrix.size(); row += kRow) {
    const auto from = std::ranges::find(domains, DeviceTree::cell(matrix, row)), to = std::ranges::find(domains, DeviceTree::cell(matrix, row + 1));
    const std::uint32_t distance = DeviceTree::cell(matrix, row + 2);
    if (from == domains.end() || to == domains.end()) continue;
    if (from == to ? distance != Topology::kOwnDistance : distance <= Topology::kOwnDistance || distance > 255) return "makes no sense";
    told[static_cast<std::size_t>(from - domains.begin())][static_cast<std::size_t>(to - domains.begin())] = static_cast<std::uint8_t>(distance);
  }
  for (std::size_t from = 0; from < domains.size(); ++from) {
    for (std::size_t to = 0; to < domains.size(); ++to) {
      const std::uint8_t way = told[from][to] != 0 ? told[from][to] : told[to][from];
      if (from != to && way != 0) distances[from][to] = way;
    }
  }
  return {};
}

// A tree without numbers of nodes is that of a machine with one.
Why read_nodes(const DeviceTree& tree, const BootFacts& boot, TreeFacts& facts, Topology& topology) {
  std::array<std::uint32_t, kMostCores> places{};
  std::ranges::iota(places, 0u);
  NodeClaims claims(std::span(places).first(std::min<std::size_t>(facts.core_count, kMostCores)));
  Why why;
  bool any = false;
  const auto claim = [&](const Node& node, auto one) {
    const auto domain = tree.number(node, "numa-node-id");
    if (!domain) return;
    any = true;
    if (why.empty()) why = one(static_cast<std::uint32_t>(*domain));
  };
  std::uint32_t place = 0;
  each_part(
      tree,
      [&](const Node& node) {
        each_range(tree, node, [&](const DeviceTree::Range& range) {
          claim(node, [&](std::uint32_t domain) { return claims.memory(range.start, range.end - range.start, domain); });
        });
      },
      [&](const Node& node) {
        if (!number_of_core(tree, node)) return;
        claim(node, [&](std::uint32_t domain) { return claims.core(place, domain); });
        ++place;
      },
      [](const Node&) {});
  if (!any || !why.empty()) return why;
  if (const Why settled = claims.settle(boot, topology); !settled.empty()) return settled;
  tree.each([&](const Node& node) {
    if (!tree.is_compatible(node, "numa-distance-map-v1")) return;
    const auto matrix = tree.property(node, "distance-matrix");
    if (matrix) facts.bad_distances = read_distances(topology.distances, *matrix, claims.domains());
  });
  return {};
}

}  // namespace

std::string_view text_of(Bytes bytes) {
  const auto end = std::ranges::find(bytes, std::byte{0});
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.begin())};
}

void read_tree(const DeviceTree& tree, BootFacts& boot, TreeFacts& facts) {
  const auto reserve = [&](const DeviceTree::Range& range) {
    if (facts.reserved_count < facts.reserved.size()) facts.reserved[facts.reserved_count++] = phys_range(range);
    else boot.error = "the device tree reserves too many parts of memory";
  };
  each_part(
      tree,
      [&](const Node& node) {
        each_range(tree, node, [&](const DeviceTree::Range& range) { add_ram(boot, range.start, range.end - range.start); });
      },
      [&](const Node& node) {
        const auto number = number_of_core(tree, node);
        if (!number) return;
        if (facts.core_count < facts.cores.size()) facts.cores[facts.core_count] = *number;
        ++facts.core_count;
      },
      [&](const Node& node) { each_range(tree, node, reserve); });
  tree.each([&](const Node& node) {
    if (depth_of(node) == 1 && kind_of(node) == "chosen") read_chosen(tree, node, boot, facts);
  });
  for (unsigned i = 0; const auto range = tree.reservation(i); ++i) reserve(*range);
  settle_ram(boot);
  if (boot.error.empty() && boot.ram_count == 0) boot.error = "the device tree has no memory";
  if (boot.error.empty() && boot.bundle.empty()) boot.error = "no bundle: load one as the initial RAM disk";
  if (boot.error.empty() && !aligned(boot.bundle.start.value, kPageBytes)) boot.error = "the bundle does not begin at a page";
  Topology topology;
  facts.bad_nodes = read_nodes(tree, boot, facts, topology);
  if (facts.bad_nodes.empty()) facts.topology = topology;
}

}  // namespace tessera::nucleus
