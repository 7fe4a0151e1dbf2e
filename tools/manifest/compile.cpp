// SPDX-License-Identifier: Apache-2.0
// The text that genesis reads (docs/formats.md, "Compiled manifest").
#include "tools/manifest/compile.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/manifest/domains.hpp"

namespace tessera::tools::manifest {
namespace {

// Of the start page's 64 KiB, what is left beside its head and a full table of grants.
constexpr std::size_t kMostConfigBytes = 48 * 1024;
constexpr std::size_t kConfigEntryBytes = 16;

std::string escape(std::string_view value) {
  std::string text;
  for (const char character : value) {
    switch (character) {
      case '\t': text += "\\t"; break;
      case '\n': text += "\\n"; break;
      case '\\': text += "\\\\"; break;
      default: text += character; break;
    }
  }
  return text;
}

std::string line(std::initializer_list<std::string_view> fields) {
  std::string text;
  for (const std::string_view field : fields) text += (text.empty() ? "" : "\t") + escape(field);
  return text + "\n";
}

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::native: return "native";
    case Kind::linux: return "linux";
  }
  return "?";
}

std::string_view name(Restart restart) {
  switch (restart) {
    case Restart::never: return "never";
    case Restart::always: return "always";
    case Restart::on_failure: return "on-failure";
  }
  return "?";
}

using Config = std::vector<std::pair<std::string, std::string>>;

Config configuration(const System& system, const Component& component) {
  Config config;
  for (const std::string& one : component.config) {
    const std::size_t equals = one.find('=');
    config.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  if (component.kind != Kind::linux) return config;
  const LinuxProgram& guest = component.guest;
  for (std::size_t i = 0; i < guest.command.size(); ++i) config.emplace_back("argv." + std::to_string(i), guest.command[i]);
  for (std::size_t i = 0; i < guest.environment.size(); ++i) {
    config.emplace_back("env." + std::to_string(i), guest.environment[i]);
  }
  config.emplace_back("cwd", guest.directory);
  config.emplace_back("console", guest.console == "tty" ? "tty" : "stream");
  config.emplace_back("view", guest.view);
  if (!guest.root_disk.empty()) config.emplace_back("root.disk", guest.root_disk);
  if (guest.explain) config.emplace_back("explain", "1");
  if (guest.core) config.emplace_back("core", "host");
  config.emplace_back("hostname", system.hostname);
  if (guest.processes != 0) config.emplace_back("limit.processes", std::to_string(guest.processes));
  if (guest.descriptors != 0) config.emplace_back("limit.descriptors", std::to_string(guest.descriptors));
  return config;
}

std::size_t bytes_of(const Config& config) {
  std::size_t sum = 0;
  for (const auto& [key, value] : config) sum += kConfigEntryBytes + key.size() + value.size();
  return sum;
}

std::string needs_line(const Component& component) {
  if (component.needs.empty()) return "";
  std::string text = "needs";
  for (const Reference& need : component.needs) text += "\t" + need.name;
  return text + "\n";
}

}  // namespace

Result<std::string> compile(const System& system) {
  std::string text = line({"tessera-manifest", "1"}) + line({"system", system.name}) + line({"main", system.main.name});
  if (!system.key.empty()) text += line({"key", system.key});
  for (const Pool& one : system.pools) text += line({"pool", one.name, one.memory});
  for (const Component& one : system.components) {
    const std::size_t place = place_of(system, one);
    text += line({"component", one.name}) + line({"program", placed_program(one.program, place)}) + line({"kind", name(one.kind)});
    if (!one.fallback.empty()) text += line({"fallback", placed_program(one.fallback, place)});
    if (place != 0) text += line({"place", std::to_string(place)});
    text += line({"domain", one.domain}) + line({"restart", name(one.restart)});
    text += line({"restarts", std::to_string(one.restarts)}) + line({"priority", std::to_string(one.priority)});
    if (one.interrupts != format::kInterruptsPerSecond) text += line({"interrupts", std::to_string(one.interrupts)});
    text += line({"memory", one.memory});
    if (one.by_hand) text += line({"start", "manual"});
    if (one.reload != 0) text += line({"reload", std::to_string(one.reload)});
    if (one.node) text += line({"node", std::to_string(*one.node)});
    if (one.cpu_percent < format::kAllCores) text += line({"cpu", std::to_string(one.cpu_percent)});
    if (one.core != 0) text += line({"core", std::to_string(one.core)});
    text += needs_line(one);
    if (!one.schedules.empty()) text += line({"schedules", one.schedules});
    for (const Grant& grant : one.grants) text += line({"grant", grant.name, grant.value});
    for (const Grant& grant : one.requests.hardware) text += line({"request", grant.name, grant.value});
    if (one.requests.memory != 0) text += line({"request", "memory", std::to_string(one.requests.memory)});
    for (const Reference& peer : one.requests.channels) text += line({"request", "channel", peer.name});
    const Config config = configuration(system, one);
    if (const std::size_t bytes = bytes_of(config); bytes > kMostConfigBytes) {
      return fail("the command, environment or configuration of '" + one.name + "' take " + std::to_string(bytes) +
                  " bytes; at most " + std::to_string(kMostConfigBytes) + " fit");
    }
    for (const auto& [key, value] : config) text += line({"config", key, value});
    for (const Channel& channel : one.channels) {
      text += line({"channel", channel.peer.name, channel.name, channel.peer_name, std::to_string(channel.bytes)});
    }
    for (const Membership& member : one.pools) text += line({"member", member.pool.name, member.mapped ? "mapped" : "unmapped"});
  }
  return text;
}

}  // namespace tessera::tools::manifest
