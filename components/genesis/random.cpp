// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/random.hpp"

#include "components/genesis/boot.hpp"
#include "lib/rt/clock.hpp"

namespace tessera::genesis {

std::uint64_t next_random() {
  static constinit std::uint64_t counter = 0;
  const auto mix = [](std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58'476d'1ce4'e5b9;
    value = (value ^ (value >> 27)) * 0x94d0'49bb'1331'11eb;
    return value ^ (value >> 31);
  };
  std::uint64_t value = mix(++counter * 0x9e37'79b9'7f4a'7c15 ^ rt::now_ns());
  for (const std::uint64_t word : boot().random_seed) value = mix(value ^ word);
  return value;
}

}  // namespace tessera::genesis
