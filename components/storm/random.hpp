// SPDX-License-Identifier: Apache-2.0
// Random numbers from a seed: SplitMix64 (Steele, Lea, Flood 2014). No globals: storm
// threads have nothing but their own memory.
#pragma once

#include <cstdint>

namespace tessera::storm {

class Random {
 public:
  constexpr Random() = default;
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // In [0, limit).
  constexpr std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  constexpr bool one_in(std::uint64_t count) { return below(count) == 0; }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace tessera::storm
