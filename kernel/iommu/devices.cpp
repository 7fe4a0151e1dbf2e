// SPDX-License-Identifier: Apache-2.0
#include "kernel/iommu/devices.hpp"

#include <algorithm>
#include <array>

namespace tessera::nucleus {

constinit DmaUnits dma_units;

namespace {

struct Member {
  std::uint32_t device = 0;
  DmaDomain* domain = nullptr;  // null: a free place
  bool leaves = false;          // the tables do not have it, but that is not known everywhere
};

std::array<Member, 64> members;
std::array<bool, 65> ids{true};  // that are in use; 0 means none

Member* find(std::uint64_t device) {
  const auto found = std::ranges::find_if(members, [&](const Member& one) { return one.domain != nullptr && one.device == device; });
  return found == members.end() ? nullptr : &*found;
}

void begin_to_leave(Member& member) {
  if (member.leaves) return;
  dma_units.leave(member.device);
  member.leaves = true;
  member.domain->must_forget();
}

// All that leave have left.
void finish_leaving(DmaDomain& domain) {
  for (Member& member : members) {
    if (member.domain != &domain || !member.leaves) continue;
    member = {};
    --domain.devices;
  }
  if (domain.devices != 0) return;
  ids[domain.id] = false;
  domain.id = 0;
}

}  // namespace

Result<void> put_into(DmaDomain& domain, std::uint64_t device) {
  if (!dma_units.present()) return fail(Error::unsupported);
  if (!dma_units.exists(device)) return fail(Error::bad_argument);
  if (domain.dying) return fail(Error::busy);
  if (const Member* known = find(device)) {
    if (known->domain != &domain || known->leaves) return fail(Error::busy);
    return {};
  }
  const auto free = std::ranges::find(members, nullptr, &Member::domain);
  std::uint32_t number = domain.id;
  if (number == 0) number = static_cast<std::uint32_t>(std::ranges::find(ids, false) - ids.begin());
  if (free == members.end() || number == ids.size()) return fail(Error::no_memory);
  TRY(domain.prepare_for_device());
  domain.describe(number);
  TRY(dma_units.enter(static_cast<std::uint32_t>(device), number, domain.root(), domain.context()));
  ids[number] = true;
  domain.id = number;
  ++domain.devices;
  domain.must_forget();  // what the IOMMU knows of the device itself
  *free = {.device = static_cast<std::uint32_t>(device), .domain = &domain};
  return {};
}

bool take_out_step(std::uint64_t device) {
  Member* member = find(device);
  if (member == nullptr) return true;
  begin_to_leave(*member);
  DmaDomain& domain = *member->domain;
  if (!domain.forget_step()) return false;
  finish_leaving(domain);
  return true;
}

bool take_all_out_step(DmaDomain& domain) {
  if (domain.devices == 0) return true;
  for (Member& member : members)
    if (member.domain == &domain) begin_to_leave(member);
  if (!domain.forget_step()) return false;
  finish_leaving(domain);
  return true;
}

}  // namespace tessera::nucleus
