// SPDX-License-Identifier: Apache-2.0
// What run-cases.sh prints.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tessera::tests {

struct CaseResult {
  int status = 0;
  std::string output;
  bool operator==(const CaseResult&) const = default;
};

struct Transcript {
  std::map<std::string, CaseResult> cases;
  std::string last_started;  // the case that it was in when the text ended
  bool complete = false;     // the closing line came
};

// Reads as far as the text makes sense.
[[nodiscard]] Transcript parse_transcript(std::string_view text);

}  // namespace tessera::tests
