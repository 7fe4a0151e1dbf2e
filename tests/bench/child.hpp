// SPDX-License-Identifier: Apache-2.0
// A machine's program run to its end, with the times that matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::bench {

using tools::Result;

struct Ended {
  int status = 0;  // as a shell shows it; 124 after the time limit
  std::string output;
  std::string errors;
  // From the start of QEMU (this child or a descendant, seen within half a
  // millisecond) to the marker in the output.
  std::optional<double> marker_ns;
};

struct Request {
  std::vector<std::string> words;
  unsigned limit_seconds = 300;
  std::string marker;  // "": none looked for
};

[[nodiscard]] Result<Ended> run_machine(const Request& request);

// One line of progress on standard error.
void say(const std::string& text);

}  // namespace tessera::bench
