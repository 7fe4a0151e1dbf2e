// SPDX-License-Identifier: Apache-2.0
// What run-cases.sh prints.
#include "tests/system/oracle/transcript.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "tools/support/size.hpp"

namespace tessera::tests {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end != 0) words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

}  // namespace

Transcript parse_transcript(std::string_view text) {
  Transcript result;
  while (!text.empty()) {
    const auto words = words_of(take_line(text));
    if (words.size() < 2 || words[0] != "@@@") continue;
    if (words[1] == "done") {
      result.complete = true;
    } else if (words[1] == "start" && words.size() == 3) {
      result.last_started = words[2];
    } else if (words[1] == "case" && words.size() == 7) {
      const auto status = tools::parse_number(words[4]);
      const auto bytes = tools::parse_number(words[6]);
      if (!status || !bytes || *bytes > text.size()) break;
      result.cases[words[2]] = {static_cast<int>(*status), std::string(text.substr(0, *bytes))};
      text.remove_prefix(*bytes);
      take_line(text);
    }
  }
  return result;
}

}  // namespace tessera::tests
