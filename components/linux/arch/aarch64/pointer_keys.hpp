// SPDX-License-Identifier: Apache-2.0
// Pointer authentication (Linux' Documentation/arch/arm64/pointer-authentication.rst): a program's
// keys, which it never sees, and which of them sign. Where the processor has none, nothing of this is there.
#pragma once

#include <cstdint>
#include <linux_arch/registers.hpp>

namespace tessera::lx {

// Bits of PR_PAC_RESET_KEYS and the other two: APIA, APIB, APDA, APDB, APGA.
inline constexpr std::uint64_t kAddressKeys = 0xf, kGenericKey = 0x10;

// Of the calling thread's processor, which is everyone's.
bool has_address_keys();
bool has_generic_key();

// The guest's vector area is claimed, or its core has none of it: keys are loaded with that.
void draw_keys(Registers& guest, std::uint64_t which);
void enable_keys(Registers& guest, std::uint64_t which);
std::uint64_t enabled_keys(const Registers& guest);

// Which bits of an address a signature takes, of lower half ones (NT_ARM_PAC_MASK): between the highest of 47 and the tag, but for
// the bit that tells the halves apart.
inline constexpr std::uint64_t kSignatureBits = 0x007f'8000'0000'0000;

}  // namespace tessera::lx
