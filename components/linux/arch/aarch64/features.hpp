// SPDX-License-Identifier: Apache-2.0
// What the processor's registers of features (Arm ARM D17.2) mean to programs, as Linux says it
// (Documentation/arch/arm64: elf_hwcaps.rst, cpu-feature-registers.rst). Of values alone: tests run it anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::lx {

// As the nucleus tells them: what guests cannot use reads as absent.
struct FeatureRegisters {
  std::uint64_t midr = 0, pfr0 = 0, pfr1 = 0, isar0 = 0, isar1 = 0, isar2 = 0, mmfr0 = 0, mmfr1 = 0, mmfr2 = 0;
};

struct Capabilities {
  std::uint64_t first = 0;   // AT_HWCAP
  std::uint64_t second = 0;  // AT_HWCAP2
};
Capabilities capabilities_of(const FeatureRegisters& registers);
inline constexpr std::uint64_t kCapabilityAddresses = 1 << 30, kCapabilityGeneric = std::uint64_t{1} << 31;  // HWCAP_PACA, HWCAP_PACG
// As HWCAP2_BTI says: without looking at all the others.
inline bool has_branch_targets(const FeatureRegisters& registers) { return (registers.pfr1 & 15) != 0; }
// Their names, in the order of /proc/cpuinfo, a blank before each.
std::string capability_names(const FeatureRegisters& registers);

// What `mrs` of the register with op0 3, op1 0, CRn 0 and these numbers reads in a program; none: it is a signal.
std::optional<std::uint64_t> visible_register(const FeatureRegisters& registers, unsigned crm, unsigned op2);

}  // namespace tessera::lx
