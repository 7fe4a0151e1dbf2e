// SPDX-License-Identifier: Apache-2.0
// Clocks as the vdso reads them, in the guest's programs. Each architecture's vdso supplies
// read_counter, which must not be read early, and the names under which programs find the rest.
#pragma once

#include "components/linux/exec/vvar.hpp"

extern "C" {

extern const tessera::lx::ClockPage vvar_page __attribute__((visibility("hidden")));

struct Timespec {
  long seconds, nanoseconds;
};
struct Timeval {
  long seconds, microseconds;
};

}  // extern "C"

namespace vdso {

constexpr unsigned long kSecond = 1'000'000'000;

unsigned long read_counter();

inline unsigned long monotonic() {
  const unsigned long ticks = read_counter() - vvar_page.base_ticks;
  return static_cast<unsigned long>(static_cast<unsigned __int128>(ticks) * vvar_page.multiplier >> 32);
}

inline unsigned long realtime() { return monotonic() + vvar_page.realtime_offset_ns; }

// False for a clock that only the system call knows.
inline bool get_time(int clock, Timespec* to) {
  unsigned long now = 0;
  switch (clock) {
    case 0: case 5: case 11: now = realtime(); break;      // REALTIME, _COARSE, TAI
    case 1: case 4: case 6: case 7: now = monotonic(); break;  // MONOTONIC, _RAW, _COARSE, BOOTTIME
    default: return false;
  }
  to->seconds = static_cast<long>(now / kSecond);
  to->nanoseconds = static_cast<long>(now % kSecond);
  return true;
}

inline void get_time_of_day(Timeval* to, void* zone) {
  if (to != nullptr) {
    const unsigned long now = realtime();
    to->seconds = static_cast<long>(now / kSecond);
    to->microseconds = static_cast<long>(now % kSecond / 1000);
  }
  if (zone != nullptr) *static_cast<unsigned long*>(zone) = 0;  // struct timezone: two ints
}

}  // namespace vdso
