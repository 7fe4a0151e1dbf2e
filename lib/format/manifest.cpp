// SPDX-License-Identifier: Apache-2.0
#include "lib/format/manifest.hpp"

#include <bit>

namespace tessera::format {

namespace {

constexpr std::size_t kMostNameBytes = 31;

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kMostNameBytes &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

bool set_kind(ComponentKind& kind, std::string_view value) {
  if (value == "native") kind = ComponentKind::native;
  else if (value == "linux") kind = ComponentKind::linux;
  else if (value == "wasm") kind = ComponentKind::wasm;
  else return false;
  return true;
}

bool set_restart(RestartPolicy& policy, std::string_view value) {
  if (value == "never") policy = RestartPolicy::never;
  else if (value == "always") policy = RestartPolicy::always;
  else if (value == "on-failure") policy = RestartPolicy::on_failure;
  else return false;
  return true;
}

bool set_number(std::uint64_t& number, std::string_view value, std::uint64_t most) {
  const auto parsed = parse_number(value);
  if (!parsed || *parsed > most) return false;
  number = *parsed;
  return true;
}

bool set_node(std::optional<std::uint64_t>& node, std::string_view value) {
  std::uint64_t number = 0;
  if (!set_number(number, value, 15)) return false;
  node = number;
  return true;
}

bool set_memory(MemoryShare& memory, std::string_view value) {
  if (!value.ends_with('%')) return set_number(memory.bytes, value, std::uint64_t{1} << 47);
  return set_number(memory.percent, value.substr(0, value.size() - 1), 95) && memory.percent > 0;
}

// False when the line makes no sense.
bool apply(ManifestComponent& component, const ManifestLine& line) {
  if (line.key == "program") {
    component.program = line.rest;
    return good_name(line.rest);
  }
  if (line.key == "fallback") {
    component.fallback = line.rest;
    return good_name(line.rest);
  }
  if (line.key == "kind") return set_kind(component.kind, line.rest);
  if (line.key == "domain") {
    component.domain = line.rest;
    return good_name(line.rest);
  }
  if (line.key == "place") return set_number(component.place, line.rest, kMostPlaces - 1);
  if (line.key == "restart") return set_restart(component.restart, line.rest);
  if (line.key == "restarts") return set_number(component.restarts, line.rest, 1'000'000);
  if (line.key == "priority") return set_number(component.priority, line.rest, 255);
  if (line.key == "interrupts") return set_number(component.interrupts, line.rest, kMostInterruptsPerSecond) && component.interrupts > 0;
  if (line.key == "memory") return set_memory(component.memory, line.rest);
  if (line.key == "reload") return set_number(component.reload, line.rest, kMostReloadBytes) && std::has_single_bit(component.reload);
  if (line.key == "start") return component.by_hand = line.rest == "manual";
  if (line.key == "node") return set_node(component.node, line.rest);
  if (line.key == "cpu") return set_number(component.cpu_percent, line.rest, kAllCores) && component.cpu_percent > 0;
  if (line.key == "core") return set_number(component.core, line.rest, kMostCores - 1);
  // Read when the component starts.
  return line.key == "needs" || line.key == "grant" || line.key == "config" || line.key == "channel" ||
         line.key == "schedules" || line.key == "member" || line.key == "request";
}

Parsed<void> begin_component(Manifest& manifest, std::string_view name) {
  if (!good_name(name)) return bad("the manifest names a component badly");
  if (manifest.find(name)) return bad("the manifest has a component twice");
  if (manifest.component_count == Manifest::kMostComponents) return bad("the manifest has too many components");
  ManifestComponent& component = manifest.components[manifest.component_count];
  component = {};
  component.name = name;
  component.restarts = 5;
  component.priority = 100;
  component.interrupts = kInterruptsPerSecond;
  component.cpu_percent = kAllCores;
  ++manifest.component_count;
  return {};
}

Parsed<void> add_pool(Manifest& manifest, std::string_view rest) {
  const std::string_view name = take_field(rest).value_or("");
  if (!good_name(name) || manifest.find_pool(name)) return bad("the manifest names a pool badly, or twice");
  if (manifest.pool_count == Manifest::kMostPools) return bad("the manifest has too many pools");
  ManifestPool& pool = manifest.pools[manifest.pool_count];
  pool = {.name = name, .memory = {}};
  if (!set_memory(pool.memory, rest)) return bad("the manifest has a pool of no size");
  ++manifest.pool_count;
  return {};
}

bool pools_are_there(const Manifest& manifest, std::string_view lines) {
  while (const auto line = take_line(lines)) {
    if (line->key != "member") continue;
    std::string_view rest = line->rest;
    if (!manifest.find_pool(take_field(rest).value_or("")) || (rest != "mapped" && rest != "unmapped")) return false;
  }
  return true;
}

// Dependency order: what a component needs stands before it.
bool needs_are_earlier(const Manifest& manifest, std::size_t index) {
  std::string_view lines = manifest.components[index].lines;
  while (const auto line = take_line(lines)) {
    if (line->key != "needs" && line->key != "channel" && line->key != "schedules") continue;
    std::string_view rest = line->rest;
    while (const auto need = take_field(rest)) {
      const auto found = manifest.find(*need);
      if (!found || (line->key == "needs" && *found >= index)) return false;
      if (line->key != "needs") break;  // the peer may come later; the other field is its name
    }
  }
  return true;
}

}  // namespace

std::optional<std::size_t> Manifest::find(std::string_view name) const {
  for (std::size_t index = 0; index < component_count; ++index) {
    if (components[index].name == name) return index;
  }
  return std::nullopt;
}

std::optional<std::size_t> Manifest::find_pool(std::string_view name) const {
  for (std::size_t index = 0; index < pool_count; ++index) {
    if (pools[index].name == name) return index;
  }
  return std::nullopt;
}

Parsed<void> parse_manifest(std::string_view text, Manifest& manifest) {
  manifest.component_count = manifest.pool_count = 0;
  manifest.system = manifest.main = manifest.key = {};
  auto line = take_line(text);
  if (!line || line->key != "tessera-manifest" || line->rest != "1") return bad("the manifest has no header of version 1");
  std::string_view before = text;
  while (true) {
    const std::size_t left = text.size();
    line = take_line(text);
    if (manifest.component_count > 0 && (!line || line->key == "component")) {
      manifest.components[manifest.component_count - 1].lines = before.substr(0, before.size() - left);
    }
    if (!line) break;
    if (line->key == "component") {
      if (const auto done = begin_component(manifest, line->rest); !done) return done;
      before = text;
    } else if (manifest.component_count == 0) {
      if (line->key == "system") manifest.system = line->rest;
      else if (line->key == "main") manifest.main = line->rest;
      else if (line->key == "key") manifest.key = line->rest;
      else if (line->key == "pool") {
        if (const auto done = add_pool(manifest, line->rest); !done) return done;
      } else return bad("the manifest has a line that nothing knows");
    } else if (!apply(manifest.components[manifest.component_count - 1], *line)) {
      return bad("the manifest has a line that makes no sense");
    }
  }
  if (manifest.component_count == 0) return bad("the manifest has no component");
  if (!manifest.find(manifest.main)) return bad("the manifest's main component is not in it");
  for (std::size_t index = 0; index < manifest.component_count; ++index) {
    if (manifest.components[index].program.empty()) return bad("a component of the manifest has no program");
    if (!needs_are_earlier(manifest, index)) return bad("a component needs one that is missing or comes later");
    if (!pools_are_there(manifest, manifest.components[index].lines)) return bad("a component is member of a pool that is missing");
  }
  return {};
}

}  // namespace tessera::format
