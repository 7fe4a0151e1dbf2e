// SPDX-License-Identifier: Apache-2.0
// The PC's real-time clock (Motorola MC146818A). Kept in UTC, as QEMU and servers do, for the years 2000 to 2099: its year has two
// digits, and where the century is differs from board to board.
#pragma once

#include "lib/clock_chip/clock_chip.hpp"
#include "lib/ddk/registers.hpp"

namespace tessera::clock_chip {

class Mc146818 final : public ClockChip {
 public:
  static constexpr std::size_t kRegisters = 14;
  // An offset is the number of a register of eight bits.
  explicit Mc146818(ddk::Registers& registers) : registers_(registers) {}
  [[nodiscard]] std::optional<std::uint64_t> read() override;
  [[nodiscard]] bool set(std::uint64_t seconds) override;

 private:
  struct Fields {
    std::uint8_t second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0;
    bool operator==(const Fields&) const = default;
  };
  [[nodiscard]] std::uint8_t at(std::size_t number) const { return static_cast<std::uint8_t>(registers_.read(number)); }
  [[nodiscard]] Fields read_fields() const;

  ddk::Registers& registers_;
};

}  // namespace tessera::clock_chip
