// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/property/chaos.hpp"

namespace tessera::nucleus::test {

static constexpr unsigned kRounds = 60, kSteps = 2500;

// The seed of a round fixes it whole: TESSERA_SEED=(the one printed) repeats it first.
TEST(invariants_hold_in_chaos) {
  const std::uint64_t seed = seed_or(0xc4a05);
  std::printf("chaos: seed %llu\n", static_cast<unsigned long long>(seed));
  for (unsigned round = 0; round < kRounds; ++round) {
    Chaos chaos(seed + round);
    bool good = true;
    unsigned step = 0;
    for (; step < kSteps && good; ++step) {
      chaos.step();
      if (step % 4 == 0) good = check_invariants(chaos.machine, step % 32 == 0);
    }
    if (good) {
      CHECK(chaos.finish());
      good = check_invariants(chaos.machine);
    }
    if (good) continue;
    std::fprintf(stderr, "--- broken by step %u of the round with seed %llu\n", step, static_cast<unsigned long long>(seed + round));
    std::fflush(nullptr);
    std::_Exit(1);  // the machine cannot be taken down in good order any more
  }
}

}  // namespace tessera::nucleus::test
