// SPDX-License-Identifier: Apache-2.0
// The kinds of calls that are counted apart: each method, each call, and what is neither.
#pragma once

#include <abi/nucleus.methods.hpp>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera::storm {

inline constexpr std::size_t kMethodRows = abi::kMethods.size();
inline constexpr std::size_t kCalls = 10;  // numbers 0 to 9
inline constexpr std::size_t kUnknownCall = kMethodRows + kCalls, kUnknownMethod = kUnknownCall + 1;
inline constexpr std::size_t kRows = kUnknownMethod + 1;
inline constexpr std::size_t kErrors = 32;

constexpr std::size_t row_of(abi::Call call) { return kMethodRows + static_cast<std::size_t>(call); }

struct Tally {
  std::array<std::uint32_t, kRows> made{};
  std::array<std::uint32_t, kRows> worked{};
  std::array<std::uint32_t, kErrors> errors{};  // by number
  std::uint32_t received = 0;                   // capabilities, in messages
};

}  // namespace tessera::storm
