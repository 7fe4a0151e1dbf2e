// SPDX-License-Identifier: Apache-2.0
// Clocks against simulated ones.
#include <array>

#include "lib/clock_chip/mc146818.hpp"
#include "lib/clock_chip/pl031.hpp"
#include "tests/support/check.hpp"

using namespace tessera;
using namespace clock_chip;

namespace {

// Counts as the real one does in each of its four ways of writing; its user may be interrupted by a second that passes.
struct SimulatedCmos final : ddk::Registers {
  std::array<std::uint8_t, 128> bytes{};
  unsigned reads = 0, moves_on_at = 0;  // the seconds change before this read
  bool written_while_it_ran = false, never_still = false;

  [[nodiscard]] std::size_t size() const override { return bytes.size(); }
  [[nodiscard]] std::uint32_t read(std::size_t offset) override {
    if (++reads == moves_on_at || (never_still && offset == 0)) ++bytes[0];
    return bytes.at(offset);
  }
  void write(std::size_t offset, std::uint32_t value) override {
    if (offset < 10 && (bytes[11] & 0x80) == 0) written_while_it_ran = true;
    bytes.at(offset) = static_cast<std::uint8_t>(value);
  }
  void pause() override {}
};

struct SimulatedPl031 final : ddk::Registers {
  std::uint32_t now = 0, part = 0x1031, control = 0;
  [[nodiscard]] std::size_t size() const override { return Pl031::kBytes; }
  [[nodiscard]] std::uint32_t read(std::size_t offset) override { return offset == 0 ? now : offset == 0xfe0 ? part : 0; }
  void write(std::size_t offset, std::uint32_t value) override {
    if (offset == 0xc) control = value;
    if (offset == 8 && control == 1) now = value;
  }
  void pause() override {}
};

constexpr std::uint64_t k2026 = 1'798'761'599;  // 2026-12-31 23:59:59

}  // namespace

TEST(mc146818_as_bytes_say) {
  SimulatedCmos cmos;
  Mc146818 chip(cmos);
  cmos.bytes = {0x59, 0, 0x59, 0, 0x23, 0, 5, 0x31, 0x12, 0x26, 0, 2};
  CHECK(chip.read() == k2026);
  cmos.bytes[4] = 0x91, cmos.bytes[11] = 0;  // 11 in the afternoon
  CHECK(chip.read() == k2026);
  cmos.bytes = {59, 0, 59, 0, 0x8b, 0, 5, 31, 12, 26, 0, 4};  // binary
  CHECK(chip.read() == k2026);
  cmos.bytes[4] = 12;  // midnight
  CHECK(chip.read() == k2026 - 23 * 3600);
  cmos.bytes[4] = 0x8c;  // noon
  CHECK(chip.read() == k2026 - 11 * 3600);
}

TEST(mc146818_set_in_each_way) {
  for (const unsigned mode : {0u, 2u, 4u, 6u}) {
    for (const std::uint64_t seconds : {std::uint64_t{946'684'800}, k2026, k2026 - 43'200, k2026 + 1, std::uint64_t{1'709'164'800}, std::uint64_t{4'102'444'799}}) {
      SimulatedCmos cmos;
      cmos.bytes[11] = static_cast<std::uint8_t>(mode);
      Mc146818 chip(cmos);
      CHECK(chip.set(seconds) && chip.read() == seconds && cmos.bytes[11] == mode && !cmos.written_while_it_ran);
    }
  }
  SimulatedCmos cmos;
  Mc146818 chip(cmos);
  const auto before = cmos.bytes;
  for (const std::uint64_t seconds : {std::uint64_t{0}, std::uint64_t{946'684'799}, std::uint64_t{4'102'444'800}, ~std::uint64_t{0}}) CHECK(!chip.set(seconds));
  CHECK(cmos.bytes == before);
}

TEST(mc146818_that_is_not_set_or_moves) {
  SimulatedCmos cmos;
  Mc146818 chip(cmos);
  CHECK(!chip.read());  // no month 0
  cmos.bytes.fill(0xff);
  CHECK(!chip.read());
  cmos.bytes = {0x10, 0, 0x59, 0, 0x23, 0, 5, 0x31, 0x12, 0x26, 0, 2};
  cmos.moves_on_at = cmos.reads + 3;
  CHECK(chip.read() == k2026 - 48);  // as it is afterwards
  cmos.never_still = true;
  CHECK(!chip.read());
}

TEST(pl031) {
  SimulatedPl031 device;
  Pl031 chip(device);
  CHECK(!chip.read());
  CHECK(chip.set(k2026) && chip.read() == k2026);
  CHECK(!chip.set(0) && !chip.set(0x1'0000'0000) && chip.read() == k2026);
  device.part = 0x1011;
  CHECK(!chip.there() && !chip.read() && !chip.set(1));
}
