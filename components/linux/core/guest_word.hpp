// SPDX-License-Identifier: Apache-2.0
// Single 32-bit words of the guest, read and exchanged in one piece: what futexes
// need. The address must be 4-byte aligned for the exchange. EFAULT.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

// A word of 8 bytes if it can be had at once: without a fault.
bool peek_guest_word(std::uint64_t address, std::uint64_t& value);
// Writes one in the same way.
bool poke_guest_word(std::uint64_t address, std::uint64_t value);
Result<std::uint32_t> load_guest_word(std::uint64_t address);
// Writes `desired` if the word is `expected`; answers what was there.
Result<std::uint32_t> exchange_guest_word(std::uint64_t address, std::uint32_t expected, std::uint32_t desired);

}  // namespace tessera::lx
