// SPDX-License-Identifier: Apache-2.0
// Which of a guest's registers the storm fills, and with what kind of number; and what the
// machine has.
#pragma once

#include <abi/guest_aarch64.hpp>
#include <array>
#include <cstdint>

namespace tessera::storm {

inline constexpr bool kHasIoPorts = false;
inline constexpr std::uint64_t kGuestFlags = 0;
inline std::array<std::uint64_t*, 8> guest_numbers(abi::GuestState& guest) {
  return {&guest.x0, &guest.x1, &guest.x2, &guest.x3, &guest.x8, &guest.x19, &guest.x29, &guest.x30};
}
inline std::array<std::uint64_t*, 1> guest_bases(abi::GuestState& guest) { return {&guest.tpidr}; }
inline std::uint64_t& guest_pc(abi::GuestState& guest) { return guest.pc; }
inline std::uint64_t& guest_sp(abi::GuestState& guest) { return guest.sp; }
inline std::uint64_t& guest_flags(abi::GuestState& guest) { return guest.pstate; }

}  // namespace tessera::storm
