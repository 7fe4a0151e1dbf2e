// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/disks.hpp"

#include <algorithm>
#include <array>

#include "lib/schedule/turns.hpp"

namespace tessera::tools::manifest {
namespace {

const std::string kPool = "cache", kPoolMemory = "25%";
// In the order of DiskKind.
struct Driver {
  std::string program, device;
};
const std::array<Driver, 3> kDrivers{{{"virtio-blk", "pci:1af4:1042"}, {"nvme", "pci:class:010802"}, {"ahci", "pci:class:010601"}}};
constexpr std::uint64_t kBlockChannel = 4 << 20, kClientChannel = 1 << 20;
constexpr std::uint64_t kDriverMemory = 2 << 20, kServerMemory = 8 << 20;
constexpr std::uint64_t kDriverReload = 256 << 10;
// They take turns with the threads that wait for them: what several of those ask for meanwhile is served together.
constexpr std::uint64_t kPriority = schedule::kBasePriority;
// So that who waits for it notices when it hangs.
constexpr std::uint64_t kDriverShare = 90;
// In a row: what a disk holds is worth more attempts than most.
constexpr std::uint64_t kRestarts = 100;

Component part(const std::string& program, const std::string& name, const Component& main) {
  Component component;
  component.name = component.domain = name;
  component.program = program;
  component.priority = kPriority;
  component.restart = Restart::always;
  component.restarts = kRestarts;
  component.core = main.core;
  component.grants = {{"log", "true"}};
  return component;
}

// The driver of disk `number`, which is the `nth` of its kind.
Component driver(const Disk& disk, std::size_t number, std::ptrdiff_t nth, const Component& main) {
  const Driver& kind = kDrivers.at(static_cast<std::size_t>(disk.kind));
  Component component = part(kind.program, "blk" + std::to_string(number), main);
  component.memory = std::to_string(kDriverMemory);
  component.reload = kDriverReload;
  component.cpu_percent = kDriverShare;
  component.grants.push_back({"device", nth == 0 ? kind.device : kind.device + "#" + std::to_string(nth)});
  component.pools = {{{kPool, {}}, true}};
  if (disk.read_only) component.config = {"read-only=1"};
  return component;
}

// Its channels have the same names whichever disk it is: `block` and `client`.
Component server(std::size_t disk, const Component& main) {
  const std::string number = std::to_string(disk);
  Component component = part("fs", "fs" + number, main);
  component.memory = std::to_string(kServerMemory);
  component.pools = {{{kPool, {}}, true}};
  component.channels = {{"block", {"blk" + number, {}}, "block", kBlockChannel},
                        {"client", {main.name, {}}, "disk" + number, kClientChannel}};
  component.config = {"client=client"};
  return component;
}

bool has_own_driver(const System& system) {
  return std::ranges::any_of(system.components, [](const Component& one) {
    return std::ranges::any_of(one.grants, [](const Grant& grant) { 
      return grant.name == "device" && std::ranges::any_of(kDrivers, [&](const Driver& kind) { return grant.value.starts_with(kind.device); });
    });
  });
}

}  // namespace

Result<void> add_disks(System& system, std::span<const Disk> disks) {
  if (disks.empty() || has_own_driver(system)) return {};
  if (disks.size() > kMostDisks) return fail("--disk may be given " + std::to_string(kMostDisks) + " times at most");
  Component& main = *system.find(system.main.name);
  if (main.kind != Kind::linux) return fail("the main component '" + main.name + "' is native: --disk is for kind linux");
  std::vector<Component> more;
  for (std::size_t number = 0; number < disks.size(); ++number) {
    const Disk& disk = disks[number];
    // The server first: where they share an address space it is the server's, and outlives the driver.
    more.push_back(server(number, main));
    more.push_back(driver(disk, number, std::ranges::count(disks.first(number), disk.kind, &Disk::kind), main));
    if (disk.together) more.back().domain = more[more.size() - 2].domain;
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
