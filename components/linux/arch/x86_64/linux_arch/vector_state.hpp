// SPDX-License-Identifier: Apache-2.0
// The XSAVE area of a guest (Intel SDM 1, 13.4), standard format, as signal frames
// carry it: with Linux' marks in the bytes that the CPU leaves to software.
#pragma once

#include <abi/guest_x86_64.hpp>
#include <abi/nucleus.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

inline constexpr std::size_t kLegacyVectorBytes = 512, kVectorHeaderBytes = 64;

// Size of the area in use: at least legacy part and header.
std::size_t vector_state_bytes(const tessera::abi::GuestState& guest);
// Bytes in a signal frame: the area and the closing mark.
inline std::size_t vector_frame_bytes(const tessera::abi::GuestState& guest) { return vector_state_bytes(guest) + 4; }
// The state after FNINIT and LDMXCSR 0x1f80.
void reset_vector_state(tessera::abi::GuestState& guest);
std::uint16_t read_vector_u16(const tessera::abi::GuestState& guest, std::size_t offset);

// Writes the frame's copy to guest memory at `address` (64-byte aligned). Adds the
// marks to the state itself, where they mean nothing.
Result<void> save_vector_state(tessera::abi::GuestState& guest, std::uint64_t address);
// Takes it back. What is there is hostile: reserved bits are cleared. A frame
// without the marks restores the legacy part alone. EFAULT.
Result<void> load_vector_state(tessera::abi::GuestState& guest, std::uint64_t address);

}  // namespace tessera::lx
