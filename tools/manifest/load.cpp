// SPDX-License-Identifier: Apache-2.0
// Reads and checks a systems/*.toml.
#include "tools/manifest/load.hpp"

#include <array>

#include "tools/manifest/check.hpp"
#include "tools/manifest/load_component.hpp"
#include "tools/manifest/load_memory.hpp"
#include "tools/toml/parser.hpp"
#include "tools/toml/reader.hpp"

namespace tessera::tools::manifest {
namespace {

void load_head(const toml::Reader& root, System& system) {
  static const std::array<std::string, 3> keys{"name", "main", "hostname"};
  if (!root.has("system")) root.error({1, 1}, "the table [system] with name and main is missing");
  for (const toml::Reader& head : root.table("system")) {
    head.allow(keys, "[system]");
    system.name = head.string("name");
    system.main = {head.string("main"), head.where("main")};
    system.hostname = head.string_or("hostname", system.name);
    if (head.has("name") && !good_name(system.name)) head.error(head.where("name"), "'" + system.name + "' is not a good name");
    if (head.has("hostname") && !good_name(system.hostname)) {
      head.error(head.where("hostname"), "'" + system.hostname + "' is not a good host name");
    }
  }
}

void load_pools(const toml::Reader& root, System& system) {
  static const std::array<std::string, 1> keys{"memory"};
  for (const toml::Reader& pools : root.table("pool")) {
    for (const toml::Entry& entry : pools.raw().entries) {
      if (!good_name(entry.key)) root.error(entry.where, "'" + entry.key + "' is not a good name for a pool");
      for (const toml::Reader& one : pools.table(entry.key)) {
        one.allow(keys, "a pool");
        if (!one.has("memory")) one.error(one.where(), "'memory' is missing here: a size such as \"16M\" or a share such as \"25%\"");
        system.pools.push_back({entry.key, entry.where, load_memory(one, "1048576", 4096, "a pool")});
      }
    }
  }
}

}  // namespace

System load(std::string_view text, const std::string& file, Diagnostics& diagnostics, std::span<const Driver> drivers) {
  static const std::array<std::string, 3> keys{"system", "component", "pool"};
  System system;
  const auto document = toml::parse(text, file);
  if (!document) {
    diagnostics.add(document.error());
    return system;
  }
  const toml::Reader root(*document, {1, 1}, diagnostics);
  root.allow(keys, "a system's manifest");
  load_head(root, system);
  load_pools(root, system);
  if (!root.has("component")) root.error({1, 1}, "a system needs at least one [component.NAME]");
  for (const toml::Reader& components : root.table("component")) {
    for (const toml::Entry& entry : components.raw().entries) {
      if (!good_name(entry.key) || entry.key == "genesis" || entry.key == "nucleus") {
        root.error(entry.where, "'" + entry.key + "' is not a good name for a component");
      }
      for (const toml::Reader& one : components.table(entry.key)) {
        system.components.push_back(load_component(entry.key, one));
        grant_own_devices(system.components.back(), drivers, diagnostics);
      }
    }
  }
  check(system, diagnostics);
  return system;
}

}  // namespace tessera::tools::manifest
