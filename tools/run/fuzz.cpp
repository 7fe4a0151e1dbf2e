// SPDX-License-Identifier: Apache-2.0
#include "tools/run/fuzz.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <vector>

#include "tools/run/prepare.hpp"
#include "tools/run/report.hpp"
#include "tools/run/session.hpp"
#include "tools/support/process.hpp"
#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kCalls = 1'000'000, kCallsAtOnce = 100'000, kMinutes = 10;
// A machine that makes no more progress than this hangs; one beside much else on a slow machine does not.
constexpr double kLeastCallsPerSecond = 200, kSecondsToStart = 60;

// One machine, which makes so many calls.
int storm(const FuzzOptions& options, const Paths& paths, std::uint64_t seed, std::uint64_t calls) {
  Options run;
  run.system = paths.source + "/systems/storm.toml";
  run.config = {"seed=" + std::to_string(seed), "calls=" + std::to_string(calls)};
  run.console = "stream";
  run.icount = options.icount;
  run.timeout_seconds = kSecondsToStart + static_cast<double>(calls) / kLeastCallsPerSecond;
  const int status = run_machine(run, paths);
  if (status == 0) return 0;
  say("seed " + std::to_string(seed) + ", " + std::to_string(calls) + " calls: ended with status " + std::to_string(status) +
      "; once more: ./tessera fuzz system-calls --calls " + std::to_string(calls) + " --seed " + std::to_string(seed) +
      (options.icount ? " --icount" : ""));
  return status;
}

// For a time: machine after machine, each with the next seed.
int fuzz_system_calls(const FuzzOptions& options, const Paths& paths) {
  if (!options.minutes) return storm(options, paths, options.seed, options.calls.value_or(kCalls));
  const auto end = Clock::now() + std::chrono::minutes(*options.minutes);
  for (std::uint64_t seed = options.seed; Clock::now() < end; ++seed) {
    if (const int status = storm(options, paths, seed, options.calls.value_or(kCallsAtOnce)); status != 0) return status;
  }
  return 0;
}

// Beside the model, by a script that makes the model's program first.
int fuzz_capabilities(const FuzzOptions& options, const Paths& paths) {
  ::setenv("TESSERA_MINUTES", std::to_string(options.minutes.value_or(kMinutes)).c_str(), 1);
  ::setenv("TESSERA_SEED", std::to_string(options.seed).c_str(), 1);
  const std::string tests = "/tests/unit/kernel/";
  std::vector<std::string> words{paths.source + tests + "differential/run.sh", paths.build + tests + "kernel_differential_test",
                                 paths.build + "/model/capability-model"};
  ::execv(words.front().c_str(), exec_words(words).data());
  say("cannot run " + words.front() + ": " + std::strerror(errno));
  return kStatusOwnFailure;
}

// By libFuzzer, which prints its seed; what it finds to go on with stays for the next time.
int fuzz_device_tree(const FuzzOptions& options, const Paths& paths) {
  const std::string folder = paths.build + "/tests/fuzz/";
  std::vector<std::string> words{folder + "device_tree_fuzz",
                                 "-max_total_time=" + std::to_string(60 * options.minutes.value_or(kMinutes)),
                                 "-seed=" + std::to_string(options.seed & 0xffff'ffff), "-max_len=8192", "-artifact_prefix=" + folder,
                                 folder + "device_tree.found", folder + "device_tree.corpus"};
  ::execv(words.front().c_str(), exec_words(words).data());
  say("cannot run " + words.front() + ": " + std::strerror(errno));
  return kStatusOwnFailure;
}

struct Target {
  std::string_view name;
  int (*run)(const FuzzOptions&, const Paths&);
};
constexpr auto kTargets = std::to_array<Target>({
    {"capabilities", fuzz_capabilities},
    {"device-tree", fuzz_device_tree},
    {"system-calls", fuzz_system_calls},
});

const Target* find_target(std::string_view name) {
  for (const Target& one : kTargets) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

Result<void> check_target(const std::string& name) {
  if (find_target(name) != nullptr) return {};
  std::vector<std::string> known;
  std::string list;
  for (const Target& one : kTargets) {
    known.emplace_back(one.name);
    list += (list.empty() ? "" : ", ") + std::string(one.name);
  }
  if (name.empty()) return fail("say what is to be fuzzed: " + list);
  return fail("'" + name + "' is nothing that can be fuzzed" + suggestion(name, known));
}

std::uint64_t random_seed() {
  std::random_device device;
  return device();
}

}  // namespace

Result<FuzzOptions> parse_fuzz_options(std::span<const std::string> arguments) {
  FuzzOptions options;
  options.seed = random_seed();
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string& word = arguments[at];
    const auto number = [&](std::uint64_t most) -> Result<std::uint64_t> {
      const auto value = at + 1 < arguments.size() ? parse_number(arguments[++at]) : std::nullopt;
      if (!value || *value == 0 || *value > most) return fail(word + " takes a number from 1 to " + std::to_string(most));
      return *value;
    };
    if (word == "--help" || word == "-h") {
      options.help = true;
      return options;
    }
    if (word == "--calls") {
      options.calls = TRY(number(1'000'000'000));
    } else if (word == "--minutes") {
      options.minutes = TRY(number(100'000));
    } else if (word == "--seed") {
      options.seed = TRY(number(~std::uint64_t{0}));
    } else if (word == "--icount") {
      options.icount = true;
    } else if (!word.starts_with('-') && options.target.empty()) {
      options.target = word;
    } else {
      return fail("'" + word + "' is not expected; ./tessera fuzz --help lists the options");
    }
  }
  TRY(check_target(options.target));
  if (options.target != "system-calls" && (options.calls || options.icount)) return fail("--calls and --icount are for system-calls");
  return options;
}

int fuzz(const FuzzOptions& options, const Paths& paths) { return find_target(options.target)->run(options, paths); }

}  // namespace tessera::tools::run
