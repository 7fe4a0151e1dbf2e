// SPDX-License-Identifier: Apache-2.0
// Random capability operations against the model. On a failure the sequence is
// shortened by leaving operations out while it still fails, and printed.
#include <cstdio>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/fixture/invariants.hpp"
#include "tests/unit/kernel/property/capability_run.hpp"

namespace tessera::nucleus::test {

static constexpr unsigned kRounds = 40, kSteps = 2500;

// True when all agree.
static bool run(const std::vector<Operation>& operations, std::size_t& failed_at) {
  CapabilityRun run;
  for (failed_at = 0; failed_at < operations.size(); ++failed_at) {
    const bool look = failed_at % 4 == 0 || operations[failed_at].kind >= 12;
    if (!run.step(operations[failed_at]) || (look && !run.compare())) return false;
    if (look && !check_invariants(run.machine, false)) return false;
  }
  return run.compare();
}

static std::vector<Operation> shortened(std::vector<Operation> operations) {
  std::size_t at = 0;
  for (std::size_t part = operations.size() / 2; part > 0; part /= 2) {
    for (std::size_t start = 0; start + part <= operations.size();) {
      std::vector<Operation> fewer = operations;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(start), fewer.begin() + static_cast<std::ptrdiff_t>(start + part));
      if (!run(fewer, at)) {
        operations = fewer;
      } else {
        start += part;
      }
    }
  }
  return operations;
}

TEST(capabilities_agree_with_the_model) {
  const std::uint64_t seed = seed_or(0x7e55e7a);
  std::printf("capabilities: seed %llu\n", static_cast<unsigned long long>(seed));
  Random random(seed);
  for (unsigned round = 0; round < kRounds; ++round) {
    std::vector<Operation> operations(kSteps);
    for (Operation& operation : operations) operation = random_operation(random);
    std::size_t failed_at = 0;
    if (run(operations, failed_at)) continue;
    operations.resize(std::min<std::size_t>(failed_at + 1, kSteps));
    std::fprintf(stderr, "--- shortening %zu operations\n", operations.size());
    operations = shortened(operations);
    std::fprintf(stderr, "--- round %u fails after %zu operations, of kinds:", round, operations.size());
    for (const Operation& operation : operations) {
      std::fprintf(stderr, " %llu%s", static_cast<unsigned long long>(operation.kind), operation.preemptions != 0 ? "p" : "");
    }
    std::fputs("\n", stderr);
    return;
  }
}

}  // namespace tessera::nucleus::test
