// SPDX-License-Identifier: Apache-2.0
// Any bytes as a device tree: what the nucleus and the loader make of them.
#include <cstdlib>
#include <vector>

#include "foreign/device_tree_copy.hpp"
#include "kernel/boot/arm_machine.hpp"

namespace {

using namespace tessera;
using foreign::DeviceTree;

void must(bool holds) {
  if (!holds) std::abort();
}

void read(const DeviceTree& tree) {
  nucleus::BootFacts boot;
  nucleus::TreeFacts facts;
  nucleus::MachineFacts machine;
  nucleus::read_tree(tree, boot, facts);
  nucleus::read_machine(tree, boot, machine);
  must(boot.ram_count <= boot.ram.size() && facts.reserved_count <= facts.reserved.size());
  for (std::size_t i = 0; i < boot.ram_count; ++i) must(!boot.ram[i].empty() && (i == 0 || boot.ram[i - 1].end < boot.ram[i].start));
  const nucleus::Topology& topology = facts.topology;
  must(topology.node_count >= 1 && topology.node_count <= nucleus::kMostNodes);
  for (const nucleus::NodeMemory& part : topology.memory()) must(!part.range.empty() && part.node < topology.node_count);
  for (std::size_t from = 0; from < topology.node_count; ++from) {
    for (std::size_t to = 0; to < topology.node_count; ++to) must((topology.distances[from][to] == nucleus::Topology::kOwnDistance) == (from == to));
  }
}

// Says the same, and where the bundle is.
void copy(const DeviceTree& tree, std::size_t bytes) {
  const DeviceTree::Range bundle{0x1000, 0x2345}, kept{0x8000, 0x9000};
  std::vector<std::byte> room(foreign::bytes_of_copy(bytes, 1));
  const auto made = foreign::copy_tree(tree, {bundle, std::span(&kept, 1)}, room);
  if (!made) return;
  const auto again = DeviceTree::open(room);
  must(again.has_value());
  nucleus::BootFacts boot;
  nucleus::TreeFacts facts;
  nucleus::read_tree(*again, boot, facts);
  must(boot.bundle.start.value == bundle.start && boot.bundle.end.value == bundle.end);
}

}  // namespace

#pragma clang unsafe_buffer_usage begin
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  const std::span blob(reinterpret_cast<const std::byte*>(data), bytes);
#pragma clang unsafe_buffer_usage end
  const auto tree = DeviceTree::open(blob);
  if (!tree) return 0;
  read(*tree);
  copy(*tree, bytes);
  return 0;
}
