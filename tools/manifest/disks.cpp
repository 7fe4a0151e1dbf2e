// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/disks.hpp"

#include <algorithm>

namespace tessera::tools::manifest {
namespace {

const std::string kPool = "cache", kPoolMemory = "25%";
const std::string kVirtioBlk = "pci:1af4:1042";
constexpr std::uint64_t kBlockChannel = 4 << 20, kClientChannel = 1 << 20;
constexpr std::uint64_t kDriverMemory = 2 << 20, kServerMemory = 8 << 20;
// More urgent than who waits for them, and they work in short stretches.
constexpr std::uint64_t kDriverPriority = 112, kServerPriority = 111;
// In a row: what a disk holds is worth more attempts than most.
constexpr std::uint64_t kRestarts = 100;

Component part(const std::string& program, const std::string& name, const Component& main) {
  Component component;
  component.name = component.domain = name;
  component.program = program;
  component.restart = Restart::always;
  component.restarts = kRestarts;
  component.core = main.core;
  component.grants = {{"log", "true"}};
  return component;
}

Component driver(std::size_t disk, const Component& main) {
  const std::string number = std::to_string(disk);
  Component component = part("virtio-blk", "blk" + number, main);
  component.priority = kDriverPriority;
  component.memory = std::to_string(kDriverMemory);
  component.grants.push_back({"device", disk == 0 ? kVirtioBlk : kVirtioBlk + "#" + number});
  component.pools = {{{kPool, {}}, true}};
  return component;
}

// Its channels have the same names whichever disk it is: `block` and `client`.
Component server(std::size_t disk, const Component& main) {
  const std::string number = std::to_string(disk);
  Component component = part("fs", "fs" + number, main);
  component.priority = kServerPriority;
  component.memory = std::to_string(kServerMemory);
  component.pools = {{{kPool, {}}, true}};
  component.channels = {{"block", {"blk" + number, {}}, "block", kBlockChannel},
                        {"client", {main.name, {}}, "disk" + number, kClientChannel}};
  component.config = {"client=client"};
  return component;
}

bool has_own_driver(const System& system) {
  return std::ranges::any_of(system.components, [](const Component& one) {
    return std::ranges::any_of(one.grants, [](const Grant& grant) { return grant.name == "device" && grant.value.starts_with(kVirtioBlk); });
  });
}

}  // namespace

Result<void> add_disks(System& system, std::size_t disks) {
  if (disks == 0 || has_own_driver(system)) return {};
  if (disks > kMostDisks) return fail("--disk may be given " + std::to_string(kMostDisks) + " times at most");
  Component& main = *system.find(system.main.name);
  if (main.kind != Kind::linux) return fail("the main component '" + main.name + "' is native: --disk is for kind linux");
  std::vector<Component> more;
  for (std::size_t disk = 0; disk < disks; ++disk) {
    more.push_back(driver(disk, main));
    more.push_back(server(disk, main));
  }
  for (const Component& one : system.components) {
    if (std::ranges::contains(more, one.name, &Component::name)) return fail("the manifest has a component '" + one.name + "': --disk needs that name");
  }
  if (!std::ranges::contains(system.pools, kPool, &Pool::name)) system.pools.push_back({kPool, {}, kPoolMemory});
  if (!std::ranges::contains(main.pools, kPool, [](const Membership& one) { return one.pool.name; })) main.pools.push_back({{kPool, {}}, true});
  system.components.insert(system.components.begin(), more.begin(), more.end());
  return {};
}

}  // namespace tessera::tools::manifest
