// SPDX-License-Identifier: Apache-2.0
// CPUID: Intel SDM 2A, CPUID. Control registers: SDM 3, 2.5.
#include "features.hpp"

namespace tessera::nucleus::arch {

Features cpu_features;

void detect_features() {
  Features& found = cpu_features;
  const std::uint32_t leaves = cpuid(0).eax;
  const CpuidResult one = cpuid(1);
  found.x2apic = (one.ecx >> 21 & 1) != 0;
  found.tsc_deadline = (one.ecx >> 24 & 1) != 0;
  found.xsave = (one.ecx >> 26 & 1) != 0;
  found.system_call = (cpuid(0x80000001).edx >> 11 & 1) != 0;
  if (leaves >= 7) {
    const CpuidResult seven = cpuid(7);
    found.fs_gs_base = (seven.ebx & 1) != 0;
    found.smep = (seven.ebx >> 7 & 1) != 0;
    found.smap = (seven.ebx >> 20 & 1) != 0;
    found.umip = (seven.ecx >> 2 & 1) != 0;
  }
  if (found.xsave) {
    // x87, SSE, AVX and AVX-512 where the whole fits the state page.
    const CpuidResult state = cpuid(13, 0);
    found.xcr0 = state.eax & 0xe7u;
    std::uint32_t bytes = 576;
    for (std::uint32_t component = 2; component < 8; ++component) {
      if ((found.xcr0 >> component & 1) == 0) continue;
      const CpuidResult part = cpuid(13, component);
      bytes = part.ebx + part.eax > bytes ? part.ebx + part.eax : bytes;
    }
    if (bytes > 3072) {
      found.xcr0 &= 7;
      bytes = 832;
    }
    found.extended_bytes = bytes;
  }
}

void enable_features() {
  const Features& found = cpu_features;
  static constexpr std::uint64_t kMonitorFpu = 2, kEmulateFpu = 4, kNumericError = 32, kWriteProtect = 1u << 16;
  write_cr0((read_cr0() & ~kEmulateFpu) | kMonitorFpu | kNumericError | kWriteProtect);
  std::uint64_t cr4 = read_cr4();
  cr4 |= (1u << 9) | (1u << 10);  // OSFXSR, OSXMMEXCPT
  if (found.fs_gs_base) cr4 |= 1u << 16;
  if (found.xsave) cr4 |= 1u << 18;
  if (found.smep) cr4 |= 1u << 20;
  if (found.smap) cr4 |= 1u << 21;
  if (found.umip) cr4 |= 1u << 11;
  write_cr4(cr4);
  if (found.xsave) {
    asm volatile("xsetbv" ::"c"(0), "a"(static_cast<std::uint32_t>(found.xcr0)), "d"(static_cast<std::uint32_t>(found.xcr0 >> 32)));
  }
}

}  // namespace tessera::nucleus::arch
