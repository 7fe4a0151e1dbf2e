// SPDX-License-Identifier: Apache-2.0
// A device's interrupt as an event of an executor.
#pragma once

#include <array>
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
  static constexpr std::size_t kMostMessages = 4;
  unsigned bit = 0;  // co_await executor.event(bit), whichever message came
  std::optional<InterruptMessage> message;  // none: nothing interrupts
  std::array<InterruptMessage, kMostMessages - 1> more{};  // of `device.interrupt1` and so on
  std::size_t more_count = 0;

  // The grant `device.interrupt` of a component whose executor runs on `notification`, and `most` - 1 of those that
  // follow it. Panics when no bit is left.
  [[nodiscard]] static DeviceInterrupt open(const rt::Start& start, rt::Executor& executor, rt::Handle notification, std::size_t most = 1);
};

}  // namespace tessera::ddk
