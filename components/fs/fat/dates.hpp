// SPDX-License-Identifier: Apache-2.0
// Dates and times of directory entries: local time by the specification, and nobody says where; here it is UTC.
#pragma once

#include "components/fs/file_system.hpp"

namespace tessera::fs::fat {

// A date of 16 bits (1980 to 2107), a time of two seconds, and hundredths of a second in addition (0 to 199).
struct Stamp {
  std::uint16_t date = 0, time = 0;
  std::uint8_t hundredths = 0;
  bool operator==(const Stamp&) const = default;
};

// Moments before 1980 and after 2107 become the first and the last one.
[[nodiscard]] Stamp to_stamp(Time time);
// A date that makes no sense is read as the nearest that does; 0 is the beginning of 1980.
[[nodiscard]] Time from_stamp(Stamp stamp);

}  // namespace tessera::fs::fat
