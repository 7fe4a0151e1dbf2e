// SPDX-License-Identifier: Apache-2.0
// One [component.NAME] of a manifest.
#include "tools/manifest/load_component.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "tools/manifest/grants.hpp"
#include "tools/manifest/load_memory.hpp"
#include "tools/manifest/requests.hpp"
#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::manifest {
namespace {

constexpr std::uint64_t kLeastMemory = 64 * 1024;

// The value of KEY, which must be one of KNOWN; the first of them is the default.
std::string choice(const toml::Reader& reader, const char* key, std::span<const std::string> known) {
  std::string value = reader.string_or(key, known.front());
  if (std::ranges::find(known, value) == known.end()) {
    reader.error(reader.where(key), "'" + value + "' is no " + std::string(key) + suggestion(value, known));
  }
  return value;
}

Kind load_kind(const toml::Reader& reader) {
  static const std::array<std::string, 3> kinds{"native", "linux", "wasm"};
  const std::string kind = choice(reader, "kind", kinds);
  if (kind == "wasm") reader.error(reader.where("kind"), "components of kind wasm are not supported yet");
  return kind == "linux" ? Kind::linux : Kind::native;
}

Restart load_restart(const toml::Reader& reader) {
  static const std::array<std::string, 3> policies{"on-failure", "never", "always"};
  const std::string policy = choice(reader, "restart", policies);
  return policy == "never" ? Restart::never : policy == "always" ? Restart::always : Restart::on_failure;
}

// True: by the operator only.
bool load_start(const toml::Reader& reader) {
  static const std::array<std::string, 2> ways{"boot", "manual"};
  return choice(reader, "start", ways) == "manual";
}

std::uint64_t load_reload(const toml::Reader& reader) {
  const std::string text = reader.string("reload");
  const auto bytes = parse_size(text);
  if (bytes && std::has_single_bit(*bytes) && *bytes >= format::kLeastReloadBytes && *bytes <= format::kMostReloadBytes) return *bytes;
  reader.error(reader.where("reload"), "reload = \"" + text + "\": room for a program is a power of two from 16K to 64M, such as \"256K\"");
  return 0;
}

std::uint64_t load_cpu(const toml::Reader& reader) {
  if (!reader.has("cpu")) return format::kAllCores;
  const std::string text = reader.string_or("cpu", "");
  const auto part = text.ends_with('%') ? parse_number(std::string_view(text).substr(0, text.size() - 1)) : std::nullopt;
  if (part && *part >= 1 && *part <= format::kAllCores) return *part;
  reader.error(reader.where("cpu"), "cpu = \"" + text + "\": write a share of one core such as \"20%\", or of several such as \"250%\"");
  return format::kAllCores;
}

std::uint64_t load_interrupts(const toml::Reader& reader) {
  const std::uint64_t most = reader.number_or("interrupts", format::kInterruptsPerSecond, format::kMostInterruptsPerSecond);
  if (most == 0) reader.error(reader.where("interrupts"), "'interrupts' must be at least 1: so many of each may come in a second");
  return most;
}

// A limit that must leave room for a program to run at all.
std::uint64_t load_limit(const toml::Reader& reader, const char* key, std::uint64_t least, std::uint64_t most) {
  const std::uint64_t limit = reader.number_or(key, 0, most);
  if (reader.has(key) && limit < least) reader.error(reader.where(key), std::string("'") + key + "' must be at least " + std::to_string(least));
  return limit;
}

std::vector<std::string> plain(const std::vector<toml::Reader::Text>& texts) {
  std::vector<std::string> result;
  for (const auto& one : texts) result.push_back(one.text);
  return result;
}

// NAME=value for each entry of the table KEY.
std::vector<std::string> load_assignments(const toml::Reader& reader, const char* key, const std::string& what) {
  std::vector<std::string> assignments;
  for (const toml::Reader& table : reader.table(key)) {
    for (const toml::Entry& entry : table.raw().entries) {
      if (entry.key.empty() || entry.key.find('=') != std::string::npos) {
        reader.error(entry.where, "the name of " + what + " may not be empty or hold '='");
      }
      assignments.push_back(entry.key + "=" + table.string(entry.key));
    }
  }
  return assignments;
}

LinuxProgram load_guest(const toml::Reader& reader) {
  static const std::array<std::string, 2> views{"protected", "shared"};
  static const std::array<std::string, 3> consoles{"auto", "tty", "stream"};
  LinuxProgram guest;
  guest.command = plain(reader.strings("command"));
  guest.environment = load_assignments(reader, "env", "an environment variable");
  guest.packages = plain(reader.strings("packages"));
  guest.directory = reader.string_or("cwd", "/");
  guest.view = choice(reader, "view", views);
  guest.console = choice(reader, "console", consoles);
  guest.scheduler = reader.boolean_or("scheduler", true);
  guest.processes = load_limit(reader, "processes", 2, 32768);
  guest.descriptors = load_limit(reader, "descriptors", 4, 1 << 20);
  if (guest.command.empty()) {
    reader.error(reader.where("command"), "a component of kind linux needs command = [\"/path/of/program\", ...]");
  }
  if (!guest.directory.starts_with('/')) reader.error(reader.where("cwd"), "cwd must be an absolute path");
  for (const auto& [package, where] : reader.strings("packages")) {
    const bool good = !package.empty() && package.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string::npos;
    if (!good) reader.error(where, "'" + package + "' is not the name of a Debian package");
  }
  return guest;
}

void refuse_keys(const toml::Reader& reader, std::span<const std::string> keys, const std::string& kind) {
  for (const std::string& key : keys) {
    if (reader.has(key)) reader.error(reader.where(key), "'" + key + "' is for components of kind " + kind);
  }
}

// NAME = "PEER", or NAME = { peer = "PEER", ... }.
Channel load_channel(const toml::Reader& channels, const toml::Entry& entry) {
  static const std::array<std::string, 3> keys{"peer", "as", "memory"};
  Channel channel{.name = entry.key, .peer = {}, .peer_name = entry.key, .bytes = format::kChannelBytes};
  if (!good_name(entry.key)) channels.error(entry.where, "'" + entry.key + "' is not a good name for a channel");
  if (entry.value.table() == nullptr) {
    channel.peer = {channels.string(entry.key), entry.value.where};
    return channel;
  }
  for (const toml::Reader& one : channels.table(entry.key)) {
    one.allow(keys, "a channel");
    channel.peer = {one.string("peer"), one.where("peer")};
    channel.peer_name = one.string_or("as", entry.key);
    if (!good_name(channel.peer_name)) one.error(one.where("as"), "'" + channel.peer_name + "' is not a good name for a channel");
    if (one.has("memory")) channel.bytes = load_channel_memory(one);
  }
  return channel;
}

std::vector<Channel> load_channels(const toml::Reader& reader) {
  std::vector<Channel> channels;
  for (const toml::Reader& table : reader.table("channels")) {
    for (const toml::Entry& entry : table.raw().entries) channels.push_back(load_channel(table, entry));
  }
  return channels;
}

// "NAME" or "NAME:unmapped".
std::vector<Membership> load_pools(const toml::Reader& reader) {
  constexpr std::string_view kUnmapped = ":unmapped";
  std::vector<Membership> pools;
  for (auto& [text, where] : reader.strings("pools")) {
    const bool mapped = !text.ends_with(kUnmapped);
    pools.push_back({{mapped ? text : text.substr(0, text.size() - kUnmapped.size()), where}, mapped});
  }
  return pools;
}

}  // namespace

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= 31 && name.front() >= 'a' && name.front() <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
}

Component load_component(const std::string& name, const toml::Reader& reader) {
  static const std::vector<std::string> linux_keys{"command", "env",       "cwd",        "packages",
                                                   "view",    "console", "processes",  "descriptors", "scheduler"};
  static const std::vector<std::string> native_keys{"config"};
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all{"kind",   "program", "fallback", "domain", "restart", "restarts", "priority",
                                 "memory", "node",    "cpu",    "core",    "needs",    "grants",  "channels", "pools", "requests",
                                 "start",  "reload",  "interrupts"};
    all.insert(all.end(), linux_keys.begin(), linux_keys.end());
    all.insert(all.end(), native_keys.begin(), native_keys.end());
    return all;
  }();
  reader.allow(keys, "a component");
  Component component;
  component.name = name;
  component.where = reader.where();
  component.kind = load_kind(reader);
  const bool is_linux = component.kind == Kind::linux;
  component.program = reader.string_or("program", is_linux ? "linux" : name);
  component.fallback = reader.string_or("fallback", "");
  component.domain = reader.string_or("domain", name);
  component.restart = load_restart(reader);
  component.restarts = reader.number_or("restarts", component.restarts, 1000);
  component.priority = reader.number_or("priority", component.priority, 254);
  component.interrupts = load_interrupts(reader);
  component.memory = load_memory(reader, is_linux ? "75%" : "4194304", kLeastMemory, "a component");
  component.by_hand = load_start(reader);
  if (reader.has("reload")) component.reload = load_reload(reader);
  if (reader.has("node")) component.node = reader.number_or("node", 0, 15);
  component.cpu_percent = load_cpu(reader);
  component.core = reader.number_or("core", 0, format::kMostCores - 1);
  for (const auto& [text, where] : reader.strings("needs")) component.needs.push_back({text, where});
  component.grants = load_grants(reader);
  component.requests = load_requests(reader);
  component.channels = load_channels(reader);
  component.pools = load_pools(reader);
  if (is_linux) {
    component.guest = load_guest(reader);
    refuse_keys(reader, native_keys, "native");
  } else {
    component.config = load_assignments(reader, "config", "a setting");
    refuse_keys(reader, linux_keys, "linux");
  }
  if (!good_name(component.program)) reader.error(reader.where("program"), "'" + component.program + "' is not a good name");
  if (reader.has("fallback") && !good_name(component.fallback)) reader.error(reader.where("fallback"), "'" + component.fallback + "' is not a good name");
  if (!good_name(component.domain)) reader.error(reader.where("domain"), "'" + component.domain + "' is not a good name");
  return component;
}

}  // namespace tessera::tools::manifest
