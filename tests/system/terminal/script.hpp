// SPDX-License-Identifier: Apache-2.0
// A script of pty-expect: one step a line, `#` begins a comment line.
//   expect TEXT        waits until TEXT appears behind what was matched before
//   absent TEXT        TEXT must not be in what the last expect passed over
//   send TEXT          types TEXT
//   repeat N TEXT      types TEXT N times, as a paste
//   resize ROWS COLUMNS
//   status N           waits for the end of the program; its status must be N
//   within SECONDS     the longest wait of the following steps (at first 60)
// TEXT goes to the end of the line; \r \n \t \e \\ \s (space) and \xNN are escapes.
// Escape sequences and carriage returns of the program are not part of the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::tests {

enum class Action : std::uint8_t { expect, absent, send, repeat, resize, status, within };

struct Step {
  Action action = Action::expect;
  std::string text;            // expect, absent, send, repeat
  std::uint64_t first = 0;     // repeat, resize, status, within
  std::uint64_t second = 0;    // resize
  std::size_t line = 0;
  std::string source;          // the line, for messages
};

[[nodiscard]] tools::Result<std::vector<Step>> parse_script(std::string_view text);

}  // namespace tessera::tests
