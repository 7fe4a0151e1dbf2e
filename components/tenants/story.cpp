// SPDX-License-Identifier: Apache-2.0
#include "components/tenants/story.hpp"

#include <array>

#include "lib/rt/log.hpp"

namespace tessera::tenants {

namespace {

std::string_view event_name(std::uint8_t event) {
  switch (event) {
    case abi::kAuditDelegate: return "delegate";
    case abi::kAuditRevoke: return "revoke";
    case abi::kAuditDenied: return "denied";
    default: return "another event";
  }
}

std::string_view side(std::uint64_t serial, const Tenant& one, const Tenant& other) {
  if (serial == one.serial()) return one.name();
  return serial == other.serial() ? other.name() : "the ancestor";
}

}  // namespace

void Story::tell(std::string_view what, std::string_view outcome, bool right) {
  rt::log("{}: {}{}", what, outcome, right ? "" : "  <- WRONG");
  if (!right) ++wrong_;
}

void Story::count_records(Tenant& tenant) {
  unsigned handed = 0;
  while (const auto record = tenant.next_record()) handed += record->event == abi::kAuditDelegate ? 1 : 0;
  rt::log("  {}'s ring: {} times delegate, by the ancestor", tenant.name(), handed);
  if (handed == 0) tell(tenant.name(), "its ring does not have that", false);
}

void Story::tell_records(Tenant& tenant, const Tenant& other, std::uint8_t event, bool by_ancestor) {
  bool found = false;
  while (const auto record = tenant.next_record()) {
    const auto type = static_cast<ObjectType>(record->type);
    const bool tenants_own = record->actor == tenant.serial() || record->actor == other.serial();
    found = found || (record->event == event && tenants_own != by_ancestor);
    rt::log("  {}'s ring: {} {}, by {}, other side {}", tenant.name(), event_name(record->event), abi::name(type),
            side(record->actor, tenant, other), record->other == 0 ? "none" : side(record->other, tenant, other));
  }
  if (!found) tell(tenant.name(), "its ring does not have that", false);
}

}  // namespace tessera::tenants
