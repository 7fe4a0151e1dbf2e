// SPDX-License-Identifier: Apache-2.0
#include "components/storm/report.hpp"

#include <algorithm>
#include <array>
#include <guest_registers.hpp>
#include <string_view>

#include "lib/rt/log.hpp"

namespace tessera::storm {

namespace {

using Name = std::array<char, 64>;

std::string_view row_name(std::size_t row, Name& buffer) {
  if (row < kMethodRows) return rt::format_to(buffer, "{}.{}", abi::name(abi::kMethods[row].object), abi::kMethods[row].name);
  if (row < kUnknownCall) return abi::name(static_cast<abi::Call>(row - kMethodRows));
  return row == kUnknownCall ? "unknown call" : "unknown method";
}

}  // namespace

// The methods of invoke have rows of their own.
static bool counted(std::size_t row) {
  if (!kHasIoPorts && row < kMethodRows && abi::kMethods[row].object == abi::ObjectType::io_ports) return false;
  return row != row_of(abi::Call::invoke);
}

void report(const Tally& tally) {
  Name name;
  for (std::size_t row = 0; row < kRows; ++row) {
    if (counted(row)) rt::log("  {}: {} calls, {} succeeded", row_name(row, name), tally.made[row], tally.worked[row]);
  }
  rt::log("  capabilities received in messages: {}", tally.received);
  for (std::size_t error = 0; error < kErrors; ++error) {
    if (tally.errors[error] != 0) rt::log("  result {}: {}", abi::name(static_cast<abi::Error>(error)), tally.errors[error]);
  }
}

std::size_t never_made(const Tally& tally) {
  std::size_t count = 0;
  for (std::size_t row = 0; row < kRows; ++row) count += counted(row) && tally.made[row] == 0 ? 1 : 0;
  return count;
}

}  // namespace tessera::storm
