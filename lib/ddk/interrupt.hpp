// SPDX-License-Identifier: Apache-2.0
// A device's interrupt as an event of an executor.
#pragma once

#include <optional>

#include "lib/rt/executor.hpp"
#include "lib/rt/start.hpp"

namespace tessera::ddk {

// What a device must write, and where, to interrupt (its MSI-X table has it).
struct InterruptMessage {
  std::uint64_t address = 0;
  std::uint64_t data = 0;
};

struct DeviceInterrupt {
  unsigned bit = 0;  // co_await executor.event(bit)
  std::optional<InterruptMessage> message;  // none: nothing interrupts

  // The grant `device.interrupt` of a component whose executor runs on `notification`. Panics when no bit is left.
  [[nodiscard]] static DeviceInterrupt open(const rt::Start& start, rt::Executor& executor, rt::Handle notification);
};

}  // namespace tessera::ddk
