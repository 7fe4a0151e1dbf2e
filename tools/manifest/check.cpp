// SPDX-License-Identifier: Apache-2.0
// What can only be said of all components together: references, channels, cycles.
#include "tools/manifest/check.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tools/manifest/domains.hpp"
#include "tools/manifest/requests.hpp"
#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::manifest {
namespace {

constexpr std::size_t kMostComponents = 63;  // badges of the log

bool known(const System& system, const Reference& reference, const std::string& what, Diagnostics& diagnostics) {
  if (system.find(reference.name) != nullptr) return true;
  std::vector<std::string> names;
  for (const Component& one : system.components) names.push_back(one.name);
  diagnostics.add(reference.where, what + " '" + reference.name + "', which is no component of this system" +
                                       suggestion(reference.name, names));
  return false;
}

void check_channels(const System& system, Diagnostics& diagnostics) {
  // A channel's name becomes the name of grants on both of its sides.
  std::map<std::pair<std::string, std::string>, std::size_t> lines;
  const auto claim = [&](const std::string& component, const std::string& name, const Channel& channel) {
    const auto [at, fresh] = lines.try_emplace({component, name}, channel.peer.where.line);
    if (fresh) return;
    diagnostics.add(channel.peer.where, "'" + component + "' has a channel '" + name + "' already, from line " +
                                            std::to_string(at->second) + ": name it on one side only");
  };
  for (const Component& one : system.components) {
    for (const Channel& channel : one.channels) {
      if (!known(system, channel.peer, "a channel goes to", diagnostics)) continue;
      if (channel.peer.name == one.name) {
        diagnostics.add(channel.peer.where, "a channel must lead to another component");
        continue;
      }
      claim(one.name, channel.name, channel);
      claim(channel.peer.name, channel.peer_name, channel);
    }
  }
}

void check_pools(const System& system, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Pool& one : system.pools) names.push_back(one.name);
  if (names.size() > format::Manifest::kMostPools) {
    diagnostics.add(system.pools[format::Manifest::kMostPools].where,
                    "a system has at most " + std::to_string(format::Manifest::kMostPools) + " pools");
  }
  for (const Component& one : system.components) {
    std::set<std::string> seen;
    for (const Membership& member : one.pools) {
      const auto& [name, where] = member.pool;
      if (!std::ranges::contains(names, name)) {
        diagnostics.add(where, "'" + name + "' is no pool of this system" + suggestion(name, names));
      }
      if (!seen.insert(name).second) diagnostics.add(where, "'" + name + "' is named twice");
    }
  }
}

// A device has one driver.
void check_devices(const System& system, Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> lines;
  for (const Component& one : system.components) {
    for (const Grant& grant : one.grants) {
      if (grant.name != "device") continue;
      const auto [at, fresh] = lines.try_emplace(grant.value, grant.where.line);
      if (fresh) continue;
      diagnostics.add(grant.where, "the device '" + grant.value + "' is granted already, in line " + std::to_string(at->second) +
                                       ": the second of several is '" + grant.value.substr(0, grant.value.find('#')) + "#1'");
    }
  }
}

void check_shares(const System& system, Diagnostics& diagnostics) {
  std::uint64_t sum = 0;
  for (const Component& one : system.components) {
    if (!one.memory.ends_with('%')) continue;
    sum += parse_number(std::string_view(one.memory).substr(0, one.memory.size() - 1)).value_or(0);
    if (sum > 95) {
      diagnostics.add(one.where, "the shares of memory sum up to " + std::to_string(sum) +
                                     "%; at most 95% may be given by shares");
      return;
    }
  }
}

// What the system stands on is there from the beginning.
void check_starts(const System& system, Diagnostics& diagnostics) {
  std::set<std::string> wanted{system.main.name};
  for (std::size_t before = 0; before != wanted.size();) {
    before = wanted.size();
    for (const Component& one : system.components) {
      if (!wanted.contains(one.name)) continue;
      for (const Reference& need : one.needs) wanted.insert(need.name);
    }
  }
  for (const Component& one : system.components) {
    if (!one.by_hand || !wanted.contains(one.name)) continue;
    diagnostics.add(one.where, "'" + one.name + "' is " + (one.name == system.main.name ? "the main component" : "needed by the main component") +
                                   ": it cannot wait for the operator (start = \"manual\")");
  }
}

// Depth-first: a component comes behind all that it needs.
class Order {
 public:
  Order(System& system, Diagnostics& diagnostics) : system_(system), diagnostics_(diagnostics) {}

  void run() {
    for (const Component& one : system_.components) visit(one);
    std::vector<Component> sorted;
    for (const std::string& name : done_) sorted.push_back(*std::as_const(system_).find(name));
    system_.components = std::move(sorted);
  }

 private:
  void visit(const Component& component) {
    if (finished_.contains(component.name)) return;
    path_.push_back(component.name);
    for (const Reference& need : component.needs) {
      const Component* next = std::as_const(system_).find(need.name);
      if (next == nullptr) continue;  // noted already
      if (on_path(need.name)) {
        diagnostics_.add(need.where, "a cycle of needs: " + cycle(need.name));
      } else {
        visit(*next);
      }
    }
    path_.pop_back();
    finished_.insert(component.name);
    done_.push_back(component.name);
  }

  [[nodiscard]] bool on_path(const std::string& name) const {
    for (const std::string& one : path_) {
      if (one == name) return true;
    }
    return false;
  }

  [[nodiscard]] std::string cycle(const std::string& back_to) const {
    std::string text;
    for (const std::string& one : path_) {
      if (!text.empty() || one == back_to) text += one + " -> ";
    }
    return text + back_to;
  }

  System& system_;
  Diagnostics& diagnostics_;
  std::vector<std::string> path_;
  std::set<std::string> finished_;
  std::vector<std::string> done_;
};

}  // namespace

void check(System& system, Diagnostics& diagnostics) {
  if (system.components.size() > kMostComponents) {
    diagnostics.add(system.components[kMostComponents].where, "a system has at most 63 components");
  }
  if (!system.main.name.empty()) known(system, system.main, "main names", diagnostics);
  for (const Component& one : system.components) {
    std::set<std::string> seen;
    for (const Reference& need : one.needs) {
      known(system, need, "'" + one.name + "' needs", diagnostics);
      if (!seen.insert(need.name).second) diagnostics.add(need.where, "'" + need.name + "' is named twice");
    }
  }
  check_channels(system, diagnostics);
  check_pools(system, diagnostics);
  check_domains(system, diagnostics);
  check_devices(system, diagnostics);
  check_requests(system, diagnostics);
  check_shares(system, diagnostics);
  check_starts(system, diagnostics);
  Order(system, diagnostics).run();
}

}  // namespace tessera::tools::manifest
