// SPDX-License-Identifier: Apache-2.0
#include "components/linux/syscall/beside.hpp"

#include "components/linux/syscall/numbers.hpp"

namespace tessera::lx {

namespace {

// A call that this architecture lacks has no function either.
consteval std::array<BesideCall, kSystemCallCount> make_table() {
  std::array<BesideCall, kSystemCallCount> table{};
#define BESIDE(name) \
  if constexpr (number::name < kSystemCallCount) table[number::name] = &beside_##name;
#include "components/linux/syscall/beside.inc"
#undef BESIDE
  return table;
}

constinit const auto kTable = make_table();

}  // namespace

BesideCall beside_call(std::uint64_t number) {
  return number < kTable.size() ? kTable[static_cast<std::size_t>(number)] : nullptr;
}

}  // namespace tessera::lx
