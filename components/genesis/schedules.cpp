// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/schedules.hpp"

#include <abi/nucleus.client.hpp>

#include "components/genesis/fatal.hpp"
#include "components/genesis/own.hpp"
#include "lib/schedule/rows.hpp"

namespace tessera::genesis {

void Schedules::add(const format::Manifest& manifest, std::size_t component, std::string_view scheduled) {
  const auto other = manifest.find(scheduled);
  if (!other || *other == component || manifest.components[*other].kind != format::ComponentKind::linux) {
    fatal("{} is to schedule '{}', which is no component of kind linux", manifest.components[component].name, scheduled);
  }
  if (count_ == kMost) fatal("the manifest has more than {} schedulers", kMost);
  const auto rows = own_memory(schedule::kMemoryBits);
  const auto table = rt::objects().make(abi::ObjectType::cap_table, schedule::kTableBits);
  const auto contention = rt::objects().make(abi::ObjectType::notification);
  if (!rows || !table || !contention) fatal("no memory for the schedule of {}", scheduled);
  schedules_[count_] = {.scheduler = component, .scheduled = *other, .rows = *rows, .table = *table, .contention = *contention};
  ++count_;
}

void Schedules::make(const format::Manifest& manifest) {
  for (std::size_t index = 0; index < manifest.component_count; ++index) {
    std::string_view lines = manifest.components[index].lines;
    while (const auto line = format::take_line(lines)) {
      if (line->key == "schedules") add(manifest, index, line->rest);
    }
  }
}

void Schedules::move_in(std::span<const Component> components) const {
  for (const Schedule& one : std::span(schedules_).first(count_)) {
    const Component& owner = components[one.scheduled];
    if (owner.tenant == 0) continue;
    if (const auto done = abi::namespace_adopt(owner.tenant, one.table); !done) {
      fatal("the schedule of {}: {}", owner.what.name, done.error());
    }
  }
}

void Schedules::give(Gift& gift, const Component& component) const {
  const std::size_t index = component.number - 1;
  for (const Schedule& one : std::span(schedules_).first(count_)) {
    const bool schedules = one.scheduler == index;
    if (!schedules && one.scheduled != index) continue;
    gift.grant_mapped({.name = "schedule.rows", .handle = one.rows, .bytes = std::uint64_t{1} << schedule::kMemoryBits},
                      abi::kRightRead | abi::kRightWrite);
    gift.grant({.name = "schedule.table", .kind = abi::ObjectType::cap_table, .handle = one.table}, schedules ? 0 : abi::kRightWrite);
    gift.grant({.name = "schedule.contention", .kind = abi::ObjectType::notification, .handle = one.contention},
               schedules ? abi::kRightRead : abi::kRightWrite);
  }
}

}  // namespace tessera::genesis
