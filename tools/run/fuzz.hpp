// SPDX-License-Identifier: Apache-2.0
// `tessera fuzz TARGET`: looks for what breaks, with random input, for as long as wanted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tools/run/paths.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::run {

struct FuzzOptions {
  std::string target;
  std::optional<std::uint64_t> calls;    // how many
  std::optional<std::uint64_t> minutes;  // or how long
  std::uint64_t seed = 0;                // random when none was given
  bool icount = false;
  bool help = false;
};

[[nodiscard]] Result<FuzzOptions> parse_fuzz_options(std::span<const std::string> arguments);

// The exit status: 0 when nothing broke.
[[nodiscard]] int fuzz(const FuzzOptions& options, const Paths& paths);

}  // namespace tessera::tools::run
