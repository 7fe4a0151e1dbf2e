// SPDX-License-Identifier: Apache-2.0
// /dev/rtc0, where something keeps the time of day while the machine is off: what hwclock reads and sets (linux/rtc.h).
// Alarms and interrupts it has none: ENOTTY.
#pragma once

#include <cstdint>
#include <memory>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

class ClockServer {
 public:
  virtual ~ClockServer() = default;
  // Seconds since 1970.
  virtual Result<std::uint64_t> read() = 0;
  virtual Result<void> set(std::uint64_t seconds) = 0;
};

void add_clock_device(std::unique_ptr<ClockServer> server);

}  // namespace tessera::lx
