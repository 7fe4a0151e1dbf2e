// SPDX-License-Identifier: Apache-2.0
// What is in the tables of a namespace, one capability a call. The cursor counts
// tables (upper half) and slots (lower): where tables come and go meanwhile some may
// be seen twice or not at all.
#include "kernel/audit/audit.hpp"
#include "kernel/ipc/invocation.hpp"
#include "kernel/namespace/lifecycle.hpp"
#include "kernel/object/derive.hpp"

namespace tessera::nucleus {

Error inspect(Invocation& call, Namespace& space) {
  static constexpr std::uint64_t kTablesPerStep = 256, kSlotsPerStep = 256;
  const std::uint64_t wanted = call.argument(0) >> 32;
  std::uint64_t index = call.argument(0) & 0xffff'ffff;
  CapTable* table = space.tables.front();
  for (std::uint64_t passed = 0; table != nullptr && passed < wanted; ++passed) {
    table = decltype(space.tables)::next(*table);
    if (passed % kTablesPerStep == kTablesPerStep - 1 && call.preempt()) return Error::ok;
  }
  for (unsigned i = 0; i < 8; ++i) call.result(i, 0);
  if (table == nullptr) return Error::ok;
  if (index < CapTable::kFirstSlot) index = CapTable::kFirstSlot;
  Slot* found = table->slot(index);
  for (std::uint64_t steps = 1; found != nullptr && found->empty() && steps < kSlotsPerStep; ++steps) found = table->slot(++index);
  const std::uint64_t next = index + 1;
  call.result(0, next < table->size() ? wanted << 32 | next : (wanted + 1) << 32);
  if (found == nullptr || found->empty()) return Error::ok;
  call.result(1, static_cast<std::uint64_t>(found->type));
  call.result(2, found->rights);
  call.result(3, visible_badge(*found));
  call.result(4, identity_of(*found));
  call.result(5, range_bytes(*found));
  call.result(6, physical(table).value / sizeof(Slot));
  call.result(7, index);
  return Error::ok;
}

}  // namespace tessera::nucleus
