// SPDX-License-Identifier: Apache-2.0
// The page in front of the vdso: written once by the personality, read by the
// vdso's code (built for the guest, so nothing here may need the personality).
#pragma once

namespace tessera::lx {

struct ClockPage {
  unsigned long base_ticks = 0;
  unsigned long multiplier = 0;  // ns = (ticks - base) * multiplier >> 32
  unsigned long realtime_offset_ns = 0;
};

}  // namespace tessera::lx
