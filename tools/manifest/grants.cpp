// SPDX-License-Identifier: Apache-2.0
// The grants that a manifest may give, by their clear names.
#include "tools/manifest/grants.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::manifest {
namespace {

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

// pci:VENDOR:DEVICE, four small hexadecimal digits each; pci:class:CODE, six; tree:COMPATIBLE, as device trees say. #N behind
// each: which of several, the first is 0. auto: what the program drives.
bool good_device(std::string_view text) {
  if (const std::size_t mark = text.find('#'); mark != std::string_view::npos) {
    const auto which = parse_number(text.substr(mark + 1));
    if (!which || *which > 255) return false;
    text = text.substr(0, mark);
  }
  if (text == "auto") return true;
  constexpr std::string_view kInTree = "tree:";
  if (text.starts_with(kInTree)) {
    text.remove_prefix(kInTree.size());
    return !text.empty() && text.size() < 48 && all_of(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+-");
  }
  constexpr std::string_view kOnPci = "pci:", kClass = "class:";
  if (!text.starts_with(kOnPci)) return false;
  text.remove_prefix(kOnPci.size());
  if (text.starts_with(kClass)) return text.size() == kClass.size() + 6 && all_of(text.substr(kClass.size()), "0123456789abcdef");
  return text.size() == 9 && text[4] == ':' && all_of(text.substr(0, 4), "0123456789abcdef") &&
         all_of(text.substr(5), "0123456789abcdef");
}

// The first of several in one way of writing it.
std::string plain_device(const std::string& text) {
  const std::size_t mark = std::min(text.find('#'), text.size());
  const auto which = parse_number(std::string_view(text).substr(std::min(mark + 1, text.size()))).value_or(0);
  return text.substr(0, mark) + (which == 0 ? "" : "#" + std::to_string(which));
}

// 0xFIRST-0xLAST, both inclusive.
bool good_ports(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return false;
  const std::string_view first = text.substr(0, dash);
  const std::string_view last = text.substr(dash + 1);
  if (!first.starts_with("0x") || !last.starts_with("0x")) return false;
  const auto low = parse_number(first.substr(2), 16);
  const auto high = parse_number(last.substr(2), 16);
  return low && high && *low <= *high && *high <= 0xffff;
}

// gsi:N, a global system interrupt of the interrupt controllers.
bool good_interrupt(std::string_view text) {
  if (!text.starts_with("gsi:")) return false;
  const auto number = parse_number(text.substr(4));
  return number && *number < 1024;
}

bool good_bundle_entry(std::string_view text) {
  return !text.empty() && text.size() < 40 && all_of(text, "abcdefghijklmnopqrstuvwxyz0123456789._-");
}

// In one way of writing it.
std::string plain_interrupt(const std::string& text) { return "gsi:" + std::to_string(parse_number(std::string_view(text).substr(4)).value_or(0)); }

struct GrantKind {
  std::string_view name;
  std::string_view example;            // empty: the value is `true`
  bool (*good)(std::string_view) = nullptr;
};

constexpr std::array<GrantKind, 11> kGrants{{
    {"device", "pci:1af4:1043", good_device},
    {"ports", "0x3f8-0x3ff", good_ports},
    {"interrupt", "gsi:4", good_interrupt},
    {"bundle", "root.index", good_bundle_entry},
    {"log", "", nullptr},
    {"machine.info", "", nullptr},
    {"manage", "", nullptr},
    {"audit", "", nullptr},
    {"failure", "", nullptr},
    {"machine.measure", "", nullptr},
    {"namespace.root", "", nullptr},
}};

const GrantKind* find_grant(std::string_view name) {
  const auto at = std::ranges::find(kGrants, name, &GrantKind::name);
  return at == kGrants.end() ? nullptr : &*at;
}

void unknown_grant(const toml::Reader& grants, const toml::Entry& entry) {
  std::vector<std::string> known;
  for (const GrantKind& one : kGrants) known.emplace_back(one.name);
  grants.error(entry.where, "no grant is called '" + entry.key + "'" + suggestion(entry.key, known));
}

void load_values(const toml::Reader& grants, const toml::Entry& entry, const GrantKind& kind, std::vector<Grant>& found) {
  const std::string name(kind.name);
  const std::string example(kind.example);
  if (kind.good == nullptr) {
    if (entry.value.boolean() == nullptr) {
      grants.error(entry.value.where, "write " + name + " = true, or leave it out");
    } else if (*entry.value.boolean()) {
      found.push_back({name, "true"});
    }
    return;
  }
  if (entry.value.array() == nullptr) {
    grants.error(entry.value.where, "write \"" + name + "\" = [\"" + example + "\"], an array of strings");
    return;
  }
  for (const auto& [text, where] : grants.strings(entry.key)) {
    const bool good = kind.good(text);
    if (!good) grants.error(where, "'" + text + "' is no value for the grant " + name + "; it looks like \"" + example + "\"");
    found.push_back({name, name == "device" ? plain_device(text) : name == "interrupt" && good ? plain_interrupt(text) : text, where});
  }
}

}  // namespace

void load_hardware(const toml::Reader& table, const toml::Entry& entry, std::vector<Grant>& found) {
  if (const GrantKind* kind = find_grant(entry.key)) load_values(table, entry, *kind, found);
}

std::vector<Grant> load_grants(const toml::Reader& component) {
  std::vector<Grant> found;
  for (const toml::Reader& grants : component.table("grants")) {
    for (const toml::Entry& entry : grants.raw().entries) {
      // `machine.info = true` without quotes is a dotted key: a table `machine`.
      if (const toml::Table* nested = entry.value.table(); nested != nullptr && nested->entries.size() == 1) {
        toml::Entry joined = nested->entries.front();
        joined.key = entry.key + "." + joined.key;
        if (const GrantKind* kind = find_grant(joined.key); kind != nullptr && kind->good == nullptr) {
          load_values(grants, joined, *kind, found);
          continue;
        }
      }
      if (const GrantKind* kind = find_grant(entry.key)) {
        load_values(grants, entry, *kind, found);
      } else {
        unknown_grant(grants, entry);
      }
    }
  }
  return found;
}

}  // namespace tessera::tools::manifest
