// SPDX-License-Identifier: Apache-2.0
// Random operations in the nucleus and in the capability model that the proofs are
// about, whose program TESSERA_CAPABILITY_MODEL names. A seed fixes a round whole:
// TESSERA_SEED=(the one printed) repeats it first. With TESSERA_MINUTES it goes on
// for that long and tells how it gets on.
//
// A child process runs the rounds, so that a nucleus that faults, too, leaves
// somebody behind who can tell which operations it takes.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "tests/support/check.hpp"
#include "tests/unit/kernel/differential/comparison.hpp"

namespace tessera::nucleus::test {

static constexpr std::uint64_t kOperations = 200'000;
static constexpr std::size_t kPerRound = 2000;
static constexpr unsigned kLongest = 300;  // seconds of a round, which takes less than one: the nucleus loops
static constexpr int kNotReached = 3;  // a child's exit status: nothing is wrong but the test

// What a child leaves behind, however it ends.
struct Left {
  std::uint64_t seed = 0;      // of the round
  std::uint64_t progress = 0;  // how much of its sequence it took
};

static Left& shared() {
  static void* left = mmap(nullptr, sizeof(Left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (left == MAP_FAILED) std::abort();
  return *static_cast<Left*>(left);
}

// Its exit status, or 128 and more for a signal.
static int in_child(const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int status = work();
    std::fflush(nullptr);
    std::_Exit(status);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void be_silent() {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDERR_FILENO);
}

static Sequence random_sequence(std::uint64_t seed) {
  Random random(seed);
  Sequence sequence(kPerRound);
  for (std::uint64_t& number : sequence) number = random.next();
  return sequence;
}

using Clock = std::chrono::steady_clock;
static double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

static unsigned long long shown(std::uint64_t number) { return number; }

// 0, kNotReached, or 1 when the round with the shared seed fails.
static int run_rounds(const std::string& program, const char* minutes) {
  const double seconds = minutes == nullptr ? 0 : std::strtod(minutes, nullptr) * 60;
  std::uint64_t& seed = shared().seed;
  Comparison comparison(program, shared().progress);
  Statistics statistics;
  const auto start = Clock::now();
  double told = 0;
  while (minutes == nullptr ? statistics.operations < kOperations : seconds_since(start) < seconds) {
    alarm(kLongest);
    if (comparison.run(random_sequence(seed), statistics) != 0) {
      std::fprintf(stderr, "--- they disagree after %llu operations\n", shown(statistics.operations));
      return 1;
    }
    ++seed;
    const double spent = seconds_since(start);
    if (minutes == nullptr || spent - told < 10) continue;
    told = spent;
    std::printf("%llu operations, %.0f a second; next seed %llu\n", shown(statistics.operations),
                static_cast<double>(statistics.operations) / spent, shown(seed));
    std::fflush(stdout);
  }
  alarm(0);
  statistics.print();
  const unsigned before = ::tessera::test::failures();
  statistics.check_all_reached();
  return ::tessera::test::failures() == before ? 0 : kNotReached;
}

static void explain_failure(const std::string& program) {
  const auto seed = shared().seed;
  std::fprintf(stderr, "--- the round with seed %llu fails after %llu operations; shortening\n", shown(seed), shown(shared().progress));
  Sequence sequence = random_sequence(seed);
  sequence.resize(std::min<std::size_t>(shared().progress, sequence.size()));
  sequence = shortened(sequence, [&](const Sequence& shorter) -> std::size_t {
    const int status = in_child([&] {
      be_silent();
      alarm(kLongest);
      Statistics ignored;
      return Comparison(program, shared().progress).run(shorter, ignored) == 0 ? 0 : 1;
    });
    return status == 0 ? 0 : shared().progress;
  });
  std::fprintf(stderr, "--- these fail (TESSERA_SEED=%llu):\n", shown(seed));
  (void)in_child([&] {
    alarm(kLongest);
    Comparison(program, shared().progress).explain(sequence);
    return 0;
  });
}

TEST(nucleus_and_model_agree) {
  const char* program = std::getenv("TESSERA_CAPABILITY_MODEL");
  CHECK(program != nullptr);
  if (program == nullptr) return;
  shared().seed = seed_or(0x7e55e7a);
  std::printf("capabilities: seed %llu\n", shown(shared().seed));
  const int status = in_child([&] { return run_rounds(program, std::getenv("TESSERA_MINUTES")); });
  if (status != 0 && status != kNotReached) explain_failure(program);
  CHECK_EQ(status, 0);
}

}  // namespace tessera::nucleus::test
