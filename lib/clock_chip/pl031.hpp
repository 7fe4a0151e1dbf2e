// SPDX-License-Identifier: Apache-2.0
// A PL031 (Arm DDI 0224): a counter of seconds since 1970, which is 0 when nobody set it.
#pragma once

#include "lib/clock_chip/clock_chip.hpp"
#include "lib/ddk/registers.hpp"

namespace tessera::clock_chip {

class Pl031 final : public ClockChip {
 public:
  static constexpr std::size_t kBytes = 0x1000;
  // Of kBytes at least.
  explicit Pl031(ddk::Registers& registers) : registers_(registers) {}
  [[nodiscard]] bool there() const;
  [[nodiscard]] std::optional<std::uint64_t> read() override;
  [[nodiscard]] bool set(std::uint64_t seconds) override;

 private:
  ddk::Registers& registers_;
};

}  // namespace tessera::clock_chip
