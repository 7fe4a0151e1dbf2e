// SPDX-License-Identifier: Apache-2.0
// Which of a guest's registers the storm fills, and with what kind of number; and what the
// machine has.
#pragma once

#include <abi/guest_x86_64.hpp>
#include <array>
#include <cstdint>

namespace tessera::storm {

inline constexpr bool kHasIoPorts = true;
inline constexpr std::uint64_t kGuestFlags = 0x202;
inline std::array<std::uint64_t*, 8> guest_numbers(abi::GuestState& guest) {
  return {&guest.rax, &guest.rbx, &guest.rcx, &guest.rdx, &guest.rsi, &guest.rdi, &guest.rbp, &guest.r8};
}
inline std::array<std::uint64_t*, 2> guest_bases(abi::GuestState& guest) { return {&guest.fs_base, &guest.gs_base}; }
inline std::uint64_t& guest_pc(abi::GuestState& guest) { return guest.rip; }
inline std::uint64_t& guest_sp(abi::GuestState& guest) { return guest.rsp; }
inline std::uint64_t& guest_flags(abi::GuestState& guest) { return guest.rflags; }

}  // namespace tessera::storm
