// SPDX-License-Identifier: Apache-2.0
#include "lib/clock_chip/pl031.hpp"

namespace tessera::clock_chip {

namespace {
constexpr std::size_t kSeconds = 0x000, kLoad = 0x008, kControl = 0x00c, kPart = 0xfe0;
constexpr std::uint32_t kPl031 = 0x31, kOn = 1;
}  // namespace

// The lowest byte of what it is.
bool Pl031::there() const { return (registers_.read(kPart) & 0xff) == kPl031; }

std::optional<std::uint64_t> Pl031::read() {
  const std::uint32_t seconds = there() ? registers_.read(kSeconds) : 0;
  if (seconds == 0) return std::nullopt;
  return seconds;
}

bool Pl031::set(std::uint64_t seconds) {
  if (!there() || seconds == 0 || seconds > 0xffff'ffff) return false;
  registers_.write(kControl, kOn);
  registers_.write(kLoad, static_cast<std::uint32_t>(seconds));
  return true;
}

}  // namespace tessera::clock_chip
