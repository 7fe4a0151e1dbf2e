// SPDX-License-Identifier: Apache-2.0
#include "components/console/pl011.hpp"

namespace tessera::console {

namespace {

using rt::Register;

constexpr Register<std::uint32_t, 0x000> kData;
constexpr Register<std::uint32_t, 0x018> kFlags;
constexpr Register<std::uint32_t, 0x02c> kFormat;
constexpr Register<std::uint32_t, 0x030> kControl;
constexpr Register<std::uint32_t, 0x038> kInterrupts;
constexpr Register<std::uint32_t, 0x044> kClear;
constexpr Register<std::uint32_t, 0xfe0> kPart;  // the lowest byte of what it is
constexpr std::uint32_t kPl011 = 0x11, kNothingCame = 1 << 4, kFull = 1 << 5, kFifos = 1 << 4, kEightBits = 3 << 5;
constexpr std::uint32_t kOn = 1, kSends = 1 << 8, kReceives = 1 << 9;
constexpr std::uint32_t kOnReceived = 1 << 4, kOnRoom = 1 << 5, kOnPause = 1 << 6, kAll = 0x7ff;
constexpr std::size_t kBytes = 0x1000;

}  // namespace

bool Pl011::begin(bool interrupts) {
  if (registers_.size() < kBytes || (registers_.read(kPart) & 0xff) != kPl011) return false;
  registers_.write(kInterrupts, 0);
  registers_.write(kClear, kAll);
  registers_.write(kFormat, kFifos | kEightBits);
  registers_.write(kControl, kOn | kSends | kReceives);
  if (interrupts) want(false);
  return true;
}

std::optional<std::byte> Pl011::take() {
  if ((registers_.read(kFlags) & kNothingCame) != 0) return std::nullopt;
  return std::byte{static_cast<std::uint8_t>(registers_.read(kData))};
}

std::size_t Pl011::room() const { return (registers_.read(kFlags) & kFull) != 0 ? 0 : 1; }

void Pl011::put(std::byte one) { registers_.write(kData, static_cast<std::uint32_t>(one)); }

void Pl011::want(bool room) { registers_.write(kInterrupts, kOnReceived | kOnPause | (room ? kOnRoom : 0)); }

}  // namespace tessera::console
