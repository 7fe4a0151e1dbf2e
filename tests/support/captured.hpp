// SPDX-License-Identifier: Apache-2.0
// A program run to its end, with all that it wrote. Unlike tools/support/process
// the program may fail: that is a result here, not a failure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::tests {

struct Captured {
  int status = 0;      // as a shell says it: 128 + signal when killed
  bool late = false;   // it did not end in time and was killed
  std::string output;  // standard output
  std::string errors;  // standard error
};

// Standard input is empty.
[[nodiscard]] tools::Result<Captured> capture(std::vector<std::string> words, std::chrono::seconds limit);

}  // namespace tessera::tests
