// SPDX-License-Identifier: Apache-2.0
// What is compared with the model: each capability in a table other than the
// machine's own, with the one that it was derived from, and what each namespace has
// used. Read from the nucleus' slots and brackets, which the model knows nothing of.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/kernel/fixture/machine.hpp"

namespace tessera::nucleus::test {

// In the order of the model's lines: table, index, type, rights, badge, address,
// size, the parent's table and index, taken, paid, the gate's authority, types,
// rights and largest range.
using Entry = std::array<std::uint64_t, 15>;
using Usage = std::array<std::uint64_t, 4>;  // namespace, bytes, slots, threads

struct Observation {
  std::vector<Entry> capabilities;  // each behind its parent
  std::vector<Usage> usage;
  [[nodiscard]] std::uint64_t digest() const;
};

// Into an observation that may hold an older one.
void observe(Machine& machine, std::span<Namespace* const> namespaces, Observation& into);

// A table that something is in: by name where it has one.
using TableNames = std::vector<std::pair<const CapTable*, std::string>>;
[[nodiscard]] std::string table_name(const TableNames& names, std::uint64_t address);

// What only one side has, a line each; empty: they agree.
[[nodiscard]] std::string difference(const Observation& nucleus, const std::vector<std::vector<std::uint64_t>>& model,
                                     const TableNames& names);

}  // namespace tessera::nucleus::test
