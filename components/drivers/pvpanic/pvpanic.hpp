// SPDX-License-Identifier: Apache-2.0
// pvpanic (QEMU's docs/specs/pvpanic.rst): one byte. Read, it tells which events the hypervisor wants to hear of; one that is written
// has happened.
#pragma once

#include <cstdint>

namespace tessera::pvpanic {

class EventByte {
 public:
  [[nodiscard]] virtual std::uint8_t read() = 0;
  virtual void write(std::uint8_t value) = 0;

 protected:
  ~EventByte() = default;
};

// The system has failed. False: there is no such device, or it does not want to know.
[[nodiscard]] inline bool tell_panicked(EventByte& device) {
  constexpr std::uint8_t kPanicked = 1, kNobody = 0xff;
  const std::uint8_t wanted = device.read();
  if (wanted == kNobody || (wanted & kPanicked) == 0) return false;
  device.write(kPanicked);
  return true;
}

}  // namespace tessera::pvpanic
