// SPDX-License-Identifier: Apache-2.0
// What programs are told about the processor.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::lx {

inline constexpr std::uint16_t kElfMachine = 62;  // EM_X86_64
inline constexpr std::uint32_t kAuditArchitecture = 0xc000'003e;  // AUDIT_ARCH_X86_64
inline constexpr std::string_view kPlatformName = "x86_64";
// What uname says under PER_LINUX32.
inline constexpr std::string_view kNarrowPlatformName = "i686";

std::uint64_t hardware_capabilities();   // AT_HWCAP: CPUID leaf 1, EDX
std::uint64_t hardware_capabilities2();  // AT_HWCAP2: bit 1 FSGSBASE
// PROT_* that this machine has alone.
inline std::uint32_t machine_protection() { return 0; }
// Linux looks at no program's properties (PT_GNU_PROPERTY).
inline constexpr bool kReadsElfProperties = false;
// AT_MINSIGSTKSZ: what a signal frame takes at most.
std::uint64_t smallest_signal_stack_bytes();

}  // namespace tessera::lx
