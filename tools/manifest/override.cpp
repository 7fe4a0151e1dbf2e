// SPDX-License-Identifier: Apache-2.0
// What the command line changes in a manifest, for one run.
#include "tools/manifest/override.hpp"

#include <algorithm>

#include "tools/manifest/operator.hpp"
#include "tools/manifest/schedulers.hpp"

namespace tessera::tools::manifest {
namespace {

void set_variable(std::vector<std::string>& variables, const std::string& assignment) {
  const std::string prefix = assignment.substr(0, assignment.find('=') + 1);
  const auto old = std::ranges::find_if(variables, [&](const std::string& one) { return one.starts_with(prefix); });
  if (old != variables.end()) {
    *old = assignment;
  } else {
    variables.push_back(assignment);
  }
}

// As if the manifest had it. Before all others, so that it is there when they start.
Component audit_component() {
  Component audit;
  audit.name = audit.program = audit.domain = "audit";
  audit.priority = 150;
  audit.memory = std::to_string(64 * 1024);
  audit.grants = {{"audit", "true"}, {"log", "true"}};
  return audit;
}

}  // namespace

Result<void> apply(System& system, const Overrides& overrides) {
  Component* main = system.find(system.main.name);
  if (main == nullptr) return fail("the system has no main component");
  if (!overrides.memory.empty()) main->memory = overrides.memory;
  if (overrides.audit && system.find("audit") == nullptr) system.components.insert(system.components.begin(), audit_component());
  TRY(add_disks(system, overrides.disks));
  if (overrides.control) add_operator(system);
  TRY(add_schedulers(system));
  main = system.find(system.main.name);
  const bool for_linux = !overrides.root_disk.empty() || !overrides.command.empty() || !overrides.environment.empty() || !overrides.view.empty() || overrides.explain;
  if (!overrides.config.empty() && main->kind != Kind::native) {
    return fail("the main component '" + main->name + "' is of kind linux: --config is for native components");
  }
  if (for_linux && main->kind != Kind::linux) {
    return fail("the main component '" + main->name + "' is native: a command, --env, --view, --disk-image and explain are for kind linux");
  }
  LinuxProgram& guest = main->guest;
  guest.root_disk = overrides.root_disk;
  if (!guest.root_disk.empty()) {
    std::erase_if(main->grants, [](const Grant& grant) { return grant.name == "bundle" && grant.value.starts_with("root."); });
  }
  if (!overrides.command.empty()) guest.command = overrides.command;
  for (const std::string& one : overrides.environment) set_variable(guest.environment, one);
  for (const std::string& one : overrides.config) set_variable(main->config, one);
  if (!overrides.view.empty()) guest.view = overrides.view;
  guest.explain = overrides.explain;
  guest.core = overrides.core;
  if (!overrides.console.empty() && guest.console == "auto") guest.console = overrides.console;
  return {};
}

}  // namespace tessera::tools::manifest
