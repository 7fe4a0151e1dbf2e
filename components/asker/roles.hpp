// SPDX-License-Identifier: Apache-2.0
// The two roles, and what the first tells the second over their channel: a letter. The answer is a letter, too.
#pragma once

#include <cstdint>

#include <cstddef>
#include <string_view>

#include "lib/rt/start.hpp"

namespace tessera::asker {

inline constexpr std::string_view kDevice = "pci:1af4:1044";
inline constexpr char kAskDevice = 'd', kReleaseDevice = 'r', kFail = 'f';
inline constexpr std::uint64_t kLetters = 1;  // no protocol of abi/protocols
inline constexpr char kHere = 'h';  // said unasked, when a life begins
inline constexpr char kGranted = 'g', kInUse = 'u', kRefused = 'n';

// How many things were not as they should be.
[[nodiscard]] unsigned run_first(const rt::Start& start);
[[noreturn]] void run_second(const rt::Start& start);

}  // namespace tessera::asker
