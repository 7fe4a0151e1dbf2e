// SPDX-License-Identifier: Apache-2.0
// The command line of `tessera test`: ctest takes a mistyped option for nothing and
// runs everything, so the options that it knows are checked here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::tools::run {

struct TestOptions {
  std::vector<std::string> words{};  // for ctest
  std::string arch{};                // the only one of system tests; "": x86-64, and of AArch64 the main ones
  std::uint64_t cpus = 0;            // of the machines that system tests boot; 0: as they say
  bool coverage = false;             // tests/coverage.sh in place of ctest
  std::string html{};                // where it writes pages; "": nowhere
};

// What stands behind "--" is passed on to ctest unseen.
[[nodiscard]] Result<TestOptions> parse_test_options(std::span<const std::string> arguments);
// What ctest gets: the words, and which labels (tests/system/CMakeLists.txt) are chosen by `arch`.
[[nodiscard]] std::vector<std::string> ctest_words(const TestOptions& options);

}  // namespace tessera::tools::run
