// SPDX-License-Identifier: Apache-2.0
// A message to genesis' own endpoint when the hardware does what it should not. As for the alarm, a second thread waits for it:
// on a notification that each of these things has a bit of.
#pragma once

#include <cstdint>

#include "components/genesis/store.hpp"

namespace tessera::genesis {

class Watch {
 public:
  static constexpr std::uint32_t kLabel = 0x7761'7463;  // with badge 0, which no component has; word 0: the bits
  static constexpr std::uint64_t kDmaFault = 1, kStorm = 2;

  // Fatal without memory.
  explicit Watch(Handle endpoint);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  // A capability that raises this bit.
  [[nodiscard]] Handle bell(std::uint64_t bit) const;

 private:
  static void run(void* watch);

  Handle endpoint_;
  Handle raised_ = 0;
};

}  // namespace tessera::genesis
