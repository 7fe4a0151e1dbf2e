// SPDX-License-Identifier: Apache-2.0
// What this CPU can do, found out once at boot.
#pragma once

#include <cstdint>

#include "cpu.hpp"

namespace tessera::nucleus::arch {

struct Features {
  bool fs_gs_base = false;
  bool xsave = false;
  bool system_call = false;
  bool x2apic = false;
  bool tsc_deadline = false;
  bool smep = false, smap = false, umip = false;
  std::uint64_t xcr0 = 3;               // vector state that guests may use
  std::uint32_t extended_bytes = 512;   // of its save area
};

extern Features cpu_features;
inline const Features& features() { return cpu_features; }
void detect_features();
// Turns on what was found, on the running core.
void enable_features();

// FS base of the running core.
inline void write_fs_base(std::uint64_t base) {
  if (features().fs_gs_base) [[likely]] {
    asm volatile("wrfsbase %0" ::"r"(base));
  } else {
    write_msr(kMsrFsBase, base);
  }
}
inline std::uint64_t read_fs_base() {
  if (!features().fs_gs_base) [[unlikely]] return read_msr(kMsrFsBase);
  std::uint64_t base;
  asm volatile("rdfsbase %0" : "=r"(base));
  return base;
}

}  // namespace tessera::nucleus::arch
