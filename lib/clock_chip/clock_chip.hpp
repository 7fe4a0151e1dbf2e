// SPDX-License-Identifier: Apache-2.0
// A clock that goes on while the machine is off.
#pragma once

#include <cstdint>
#include <optional>

namespace tessera::clock_chip {

class ClockChip {
 public:
  virtual ~ClockChip() = default;
  // Seconds since 1970. None: it is not set, or says what cannot be.
  [[nodiscard]] virtual std::optional<std::uint64_t> read() = 0;
  // False: it cannot have that time.
  [[nodiscard]] virtual bool set(std::uint64_t seconds) = 0;
};

}  // namespace tessera::clock_chip
