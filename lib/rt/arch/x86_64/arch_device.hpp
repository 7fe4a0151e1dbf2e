// SPDX-License-Identifier: Apache-2.0
// Order between memory and a device's registers (Intel SDM 3, 8.2): accesses of uncached
// memory keep it by themselves; only the compiler is told.
#pragma once

namespace tessera::rt::arch {

inline void before_device_write() { asm volatile("" ::: "memory"); }
inline void after_device_read() { asm volatile("" ::: "memory"); }

}  // namespace tessera::rt::arch
