// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/schedulers.hpp"

#include <algorithm>

namespace tessera::tools::manifest {
namespace {

// More urgent than a personality's threads (99 and, for its own, 100 as a rule).
constexpr std::uint64_t kPriority = 110;
constexpr std::uint64_t kMemoryBytes = 64 * 1024;
constexpr std::size_t kMostComponents = 63;

std::string free_name(const System& system) {
  std::string name = "scheduler";
  for (unsigned number = 2; system.find(name) != nullptr; ++number) name = "scheduler-" + std::to_string(number);
  return name;
}

Component scheduler_of(const System& system, const Component& scheduled) {
  Component component;
  component.name = component.domain = free_name(system);
  component.program = "scheduler";
  component.priority = kPriority;
  component.memory = std::to_string(kMemoryBytes);
  component.core = scheduled.core;
  component.schedules = scheduled.name;
  return component;
}

}  // namespace

Result<void> add_schedulers(System& system) {
  std::vector<std::string> wanting;
  for (const Component& one : system.components)
    if (one.kind == Kind::linux && one.guest.scheduler) wanting.push_back(one.name);
  if (system.components.size() + wanting.size() > kMostComponents)
    return fail("with a scheduler for each component of kind linux the system has more than 63 components: say scheduler = false");
  for (const std::string& name : wanting) {
    const Component scheduler = scheduler_of(system, *std::as_const(system).find(name));
    // Right before it, so that it is there when the other starts.
    const auto place = std::ranges::find(system.components, name, &Component::name);
    system.components.insert(place, scheduler);
  }
  return {};
}

}  // namespace tessera::tools::manifest
