// SPDX-License-Identifier: Apache-2.0
// Order between memory and a device's registers (Arm ARM B2.3): a device that is told of
// something in memory finds it there, and what it told of is read after that.
#pragma once

namespace tessera::rt::arch {

inline void before_device_write() { asm volatile("dmb oshst" ::: "memory"); }
inline void after_device_read() { asm volatile("dmb oshld" ::: "memory"); }

}  // namespace tessera::rt::arch
