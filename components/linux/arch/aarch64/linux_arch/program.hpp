// SPDX-License-Identifier: Apache-2.0
// What programs are told about the processor.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::lx {

inline constexpr std::uint16_t kElfMachine = 183;                 // EM_AARCH64
inline constexpr std::uint32_t kAuditArchitecture = 0xc000'00b7;  // AUDIT_ARCH_AARCH64
inline constexpr std::string_view kPlatformName = "aarch64";
// What uname says under PER_LINUX32.
inline constexpr std::string_view kNarrowPlatformName = "armv8l";

std::uint64_t hardware_capabilities();   // AT_HWCAP, of the calling thread's guest (features.hpp)
std::uint64_t hardware_capabilities2();  // AT_HWCAP2
// PROT_* that this machine has alone: PROT_BTI, where programs are told of it.
std::uint32_t machine_protection();
// What a program's properties (PT_GNU_PROPERTY) say counts, and must make sense.
inline constexpr bool kReadsElfProperties = true;
// AT_MINSIGSTKSZ: what a signal frame takes at most.
std::uint64_t smallest_signal_stack_bytes();

}  // namespace tessera::lx
