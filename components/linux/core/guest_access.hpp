// SPDX-License-Identifier: Apache-2.0
// The routines that touch the guest's half (guest_copy.S). Callers have checked
// that the guest's range lies below kGuestLimit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera::lx {

struct GuestAccess {
  std::uint64_t left;   // bytes not done; 0: all done
  std::uint64_t fault;  // where it stopped
};

extern "C" {
GuestAccess guest_copy(void* to, const void* from, std::size_t bytes);
GuestAccess guest_clear(void* to, std::size_t bytes);
GuestAccess guest_string(void* to, const void* from, std::size_t most_bytes);
GuestAccess guest_load32(const void* from, std::uint32_t* value);
GuestAccess guest_exchange32(void* at, std::uint32_t* expected, std::uint32_t desired);
extern const char guest_access_begin, guest_access_end, guest_access_fixup;
}

}  // namespace tessera::lx
