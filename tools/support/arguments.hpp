// SPDX-License-Identifier: Apache-2.0
// The command line as strings. This is the one place that touches argv.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tessera::tools {

[[nodiscard]] inline std::vector<std::string> arguments(int count, char** values) {
#pragma clang unsafe_buffer_usage begin
  const std::span<char*> raw(values, static_cast<std::size_t>(count));
#pragma clang unsafe_buffer_usage end
  return {raw.begin(), raw.end()};
}

}  // namespace tessera::tools
