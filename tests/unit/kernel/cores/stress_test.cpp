// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/cores/stress.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"

namespace tessera::nucleus::test {

// TESSERA_SEED changes what is done, TESSERA_STRESS_MS how long each of these goes on. What
// the threads' race makes of it is different each time.
static void stress(unsigned cores, bool may_idle) {
  const std::uint64_t seed = seed_or(0xc07e5);
  const char* length = std::getenv("TESSERA_STRESS_MS");
  Stress stress({.cores = cores, .seed = seed, .milliseconds = length == nullptr ? 2500 : std::strtoull(length, nullptr, 0), .may_idle = may_idle});
  stress.run();
  std::printf("cores: seed %llu, %u cores%s: %llu calls, %llu of them answered by servers, %llu looks at guests\n", static_cast<unsigned long long>(seed), cores, may_idle ? " that may idle" : "",
              static_cast<unsigned long long>(stress.calls()), static_cast<unsigned long long>(stress.answered()),
              static_cast<unsigned long long>(stress.guest_steps()));
  if (check_invariants(stress.world().m)) return;  // and once more when all has been revoked
  std::fflush(nullptr);
  std::_Exit(1);  // the machine cannot be taken down in good order any more
}

TEST(stress_on_2_cores) { stress(2, false); }
TEST(stress_on_2_cores_that_may_idle) { stress(2, true); }
TEST(stress_on_4_cores) { stress(4, false); }
TEST(stress_on_4_cores_that_may_idle) { stress(4, true); }
TEST(stress_on_8_cores) { stress(8, false); }

}  // namespace tessera::nucleus::test
