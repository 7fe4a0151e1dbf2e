// SPDX-License-Identifier: Apache-2.0
// Revocation of many copies, spread over two tables, and how it grows with their number.
#include <abi/nucleus.client.hpp>
#include <array>

#include "components/bench/measure.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::bench {

using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kTableBits = 13, kFirstSlot = 2, kPerTable = (std::uint64_t{1} << kTableBits) - kFirstSlot;

struct Row {
  std::string_view name;
  std::uint64_t copies, times;
};
constexpr std::array kRows{Row{"revoke-1", 1, 100}, Row{"revoke-100", 100, 20}, Row{"revoke-10000", 10'000, 2}};

}  // namespace

void run_revoke_rows() {
  const std::array tables{need(objects().make(ObjectType::cap_table, kTableBits), "table"),
                          need(objects().make(ObjectType::cap_table, kTableBits), "table")};
  const rt::Handle source = need(objects().make(ObjectType::notification), "notification");
  for (const Row& row : kRows) {
    std::uint64_t ticks = 0;
    for (std::uint64_t time = 0; time < row.times; ++time) {
      for (std::uint64_t i = 0; i < row.copies; ++i) {
        need(abi::cap_table_copy(tables.at(i / kPerTable), source, kFirstSlot + i % kPerTable, abi::kRightRead, 0), "copy");
      }
      const std::uint64_t start = rt::arch::read_counter();
      need(abi::cap_table_revoke(objects().own().table, source), "revoke");
      ticks += rt::arch::read_counter() - start;
    }
    report(row.name, row.times, ticks);
  }
  for (const rt::Handle table : tables) objects().discard(table);
}

}  // namespace tessera::bench
