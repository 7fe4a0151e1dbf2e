// SPDX-License-Identifier: Apache-2.0
// `tessera audit`: prints the records in a machine's log.
#pragma once

#include <span>
#include <string>

#include "tools/audit/record.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::audit {

struct Options {
  std::string file;  // "-": standard input
  Filter filter;
  bool json = false;
  bool help = false;
};

[[nodiscard]] Result<Options> parse_options(std::span<const std::string> arguments);

// Reads the log line by line and prints what matches. The number of records shown.
[[nodiscard]] Result<std::uint64_t> print(const Options& options);

}  // namespace tessera::tools::audit
