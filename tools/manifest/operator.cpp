// SPDX-License-Identifier: Apache-2.0
#include "tools/manifest/operator.hpp"

#include <algorithm>

namespace tessera::tools::manifest {
namespace {

const std::string kLink = "pci:1af4:1043#1";  // the first is the console's
constexpr std::uint64_t kMemory = 256 << 10;
// More urgent than what it manages.
constexpr std::uint64_t kLinkPriority = 151, kControlPriority = 150;

Component part(const std::string& name, const std::string& program, std::uint64_t priority) {
  Component component;
  component.name = component.domain = name;
  component.program = program;
  component.restart = Restart::always;
  component.priority = priority;
  component.memory = std::to_string(kMemory);
  return component;
}

bool uses_link(const Component& component) {
  return std::ranges::any_of(component.grants, [](const Grant& grant) { return grant.name == "device" && grant.value == kLink; });
}

}  // namespace

void add_operator(System& system) {
  if (system.find("control") != nullptr || system.find("control-link") != nullptr || std::ranges::any_of(system.components, uses_link)) return;
  Component link = part("control-link", "console", kLinkPriority);
  link.grants = {{"device", kLink}, {"log", "true"}};
  Component control = part("control", "control", kControlPriority);
  control.grants = {{"manage", "true"}};
  control.channels = {{"link", {"control-link", {}}, "console"}};
  // Behind all others: nobody waits for them.
  system.components.push_back(link);
  system.components.push_back(control);
}

}  // namespace tessera::tools::manifest
