// SPDX-License-Identifier: Apache-2.0
// The MC146818's registers as the PC has them: a number into one I/O port, the register in the next.
#pragma once

#include "lib/ddk/registers.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::clock_chip {

class CmosPorts final : public ddk::Registers {
 public:
  static constexpr std::uint64_t kFirst = 0x70, kLast = 0x71;
  // Of kFirst and kLast.
  explicit CmosPorts(rt::Handle ports) : ports_(ports) {}
  [[nodiscard]] std::size_t size() const override { return 128; }
  [[nodiscard]] std::uint32_t read(std::size_t offset) override;
  void write(std::size_t offset, std::uint32_t value) override;
  void pause() override {}

 private:
  rt::Handle ports_;
};

}  // namespace tessera::clock_chip
