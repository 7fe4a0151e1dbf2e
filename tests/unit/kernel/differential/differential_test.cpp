// SPDX-License-Identifier: Apache-2.0
// Random operations in the nucleus and in the capability model that the proofs are
// about, whose program TESSERA_CAPABILITY_MODEL names. A seed fixes a round whole:
// TESSERA_SEED=(the one printed) repeats it first.
//
// With TESSERA_MINUTES it goes on for that long and tells how it gets on.
#include <chrono>
#include <cstdio>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/differential/comparison.hpp"

namespace tessera::nucleus::test {

static constexpr std::uint64_t kOperations = 200'000;
static constexpr std::size_t kPerRound = 2000;

using Clock = std::chrono::steady_clock;

static double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

static Sequence random_sequence(std::uint64_t seed) {
  Random random(seed);
  Sequence sequence(kPerRound);
  for (std::uint64_t& number : sequence) number = random.next();
  return sequence;
}

static void print_failure(Comparison& comparison, std::uint64_t seed, std::uint64_t operations, Sequence sequence, std::size_t failed) {
  sequence.resize(failed);
  std::fprintf(stderr, "--- the round with seed %llu fails, after %llu operations in all; shortening\n",
               static_cast<unsigned long long>(seed), static_cast<unsigned long long>(operations));
  sequence = comparison.shortened(sequence);
  std::fprintf(stderr, "--- these fail (TESSERA_SEED=%llu):\n", static_cast<unsigned long long>(seed));
  comparison.explain(sequence);
  std::fflush(nullptr);
  std::_Exit(1);  // a machine that is wrong cannot be taken down in good order
}

TEST(nucleus_and_model_agree) {
  const char* program = std::getenv("TESSERA_CAPABILITY_MODEL");
  const char* minutes = std::getenv("TESSERA_MINUTES");
  CHECK(program != nullptr);
  if (program == nullptr) return;
  const double seconds = minutes == nullptr ? 0 : std::strtod(minutes, nullptr) * 60;
  std::uint64_t seed = seed_or(0x7e55e7a);
  std::printf("capabilities: seed %llu\n", static_cast<unsigned long long>(seed));
  Comparison comparison(program);
  Statistics statistics;
  const auto start = Clock::now();
  double told = 0;
  while (minutes == nullptr ? statistics.operations < kOperations : seconds_since(start) < seconds) {
    const Sequence sequence = random_sequence(seed);
    if (const std::size_t failed = comparison.run(sequence, statistics); failed != 0) {
      print_failure(comparison, seed, statistics.operations, sequence, failed);
    }
    ++seed;
    const double spent = seconds_since(start);
    if (minutes == nullptr || spent - told < 10) continue;
    told = spent;
    std::printf("%llu operations, %.0f a second; next seed %llu\n", static_cast<unsigned long long>(statistics.operations),
                static_cast<double>(statistics.operations) / spent, static_cast<unsigned long long>(seed));
    std::fflush(stdout);
  }
  statistics.print();
  statistics.check_all_reached();
}

}  // namespace tessera::nucleus::test
