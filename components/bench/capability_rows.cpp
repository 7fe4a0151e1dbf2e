// SPDX-License-Identifier: Apache-2.0
// Capabilities and objects, in a table of their own: kSlots slots are filled one by
// one, then emptied. About ten instructions of each row are the loop's.
#include <abi/nucleus.client.hpp>
#include <array>

#include "components/bench/measure.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::bench {

using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kFirstSlot = 2, kSlots = 512, kTableBits = 10;  // a table keeps its first two

// `fill` puts something into a slot and returns its handle; measured, as deleting it is.
template <typename Fill>
void run_fill_and_delete(std::string_view fill_name, std::string_view delete_name, rt::Handle table, Fill fill) {
  std::array<rt::Handle, kSlots> handles{};
  for (const bool measured : {false, true}) {
    const std::uint64_t start = rt::arch::read_counter();
    std::uint64_t slot = kFirstSlot;
    for (rt::Handle& handle : handles) handle = fill(slot++);
    const std::uint64_t between = rt::arch::read_counter();
    for (const rt::Handle handle : handles) need(abi::cap_table_delete(table, handle), "delete");
    const std::uint64_t end = rt::arch::read_counter();
    if (!measured) continue;
    report(fill_name, kSlots, between - start);
    report(delete_name, kSlots, end - between);
  }
}

}  // namespace

// Sixty-four objects in one call, given back by revoking the Untyped.
static void run_retype_many(rt::Handle table, rt::Handle untyped) {
  static constexpr std::uint64_t kCount = 64, kTimes = 20;
  std::uint64_t made = 0;
  for (std::uint64_t i = 0; i < kTimes; ++i) {
    const std::uint64_t start = rt::arch::read_counter();
    need(abi::untyped_retype(untyped, ObjectType::notification, 0, kCount, table, kFirstSlot), "retype");
    made += rt::arch::read_counter() - start;
    need(abi::cap_table_revoke(objects().own().table, untyped), "revoke");
  }
  report("retype-64-notifications", kTimes, made);
}

void run_capability_rows() {
  const rt::Handle table = need(objects().make(ObjectType::cap_table, kTableBits), "table");
  const rt::Handle source = need(objects().make(ObjectType::notification), "notification");
  run_fill_and_delete("capability-copy", "capability-delete", table, [&](std::uint64_t slot) {
    return need(abi::cap_table_copy(table, source, slot, abi::kRightRead | abi::kRightWrite, 0), "copy");
  });
  const rt::Handle untyped = need(objects().make(ObjectType::untyped, 16), "untyped");
  run_fill_and_delete("retype-notification", "delete-notification", table, [&](std::uint64_t slot) {
    return need(abi::untyped_retype(untyped, ObjectType::notification, 0, 1, table, slot), "retype");
  });
  run_retype_many(table, untyped);
  const rt::Handle memory = need(objects().make(ObjectType::memory, 16), "memory");
  run_fill_and_delete("memory-mint", "memory-delete", table, [&](std::uint64_t slot) {
    return need(abi::cap_table_mint(table, memory, slot, abi::kRightRead, 0, abi::kPageBytes, abi::kPageBytes, 1), "mint");
  });
}

}  // namespace tessera::bench
