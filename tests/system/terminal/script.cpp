// SPDX-License-Identifier: Apache-2.0
// A script of pty-expect.
#include "tests/system/terminal/script.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/support/size.hpp"

namespace tessera::tests {
namespace {

using tools::fail;
using tools::Result;

Result<std::string> unescape(std::string_view text) {
  static constexpr auto kPlain =
      std::to_array<std::pair<char, char>>({{'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'e', '\x1b'}, {'s', ' '}, {'\\', '\\'}});
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      result += text[at];
      continue;
    }
    if (++at == text.size()) return fail("a \\ at the end");
    const auto plain = std::ranges::find(kPlain, text[at], &std::pair<char, char>::first);
    if (plain != kPlain.end()) {
      result += plain->second;
      continue;
    }
    const auto byte = text[at] == 'x' ? tools::parse_number(text.substr(at + 1, 2), 16) : std::nullopt;
    if (!byte) return fail("an escape that is not known");
    result += static_cast<char>(*byte);
    at += 2;
  }
  return result;
}

Result<std::uint64_t> number(std::string_view text) {
  const auto value = tools::parse_number(text);
  if (!value) return fail("'" + std::string(text) + "' is not a number");
  return *value;
}

Result<Step> parse_step(std::string_view word, std::string_view rest) {
  static constexpr auto kActions = std::to_array<std::pair<std::string_view, Action>>(
      {{"expect", Action::expect}, {"absent", Action::absent}, {"send", Action::send},
       {"repeat", Action::repeat}, {"resize", Action::resize}, {"status", Action::status}, {"within", Action::within}});
  const auto known = std::ranges::find(kActions, word, &std::pair<std::string_view, Action>::first);
  if (known == kActions.end()) return fail("there is no step '" + std::string(word) + "'");
  Step step;
  step.action = known->second;
  switch (step.action) {
    case Action::expect:
    case Action::absent:
    case Action::send: step.text = TRY(unescape(rest)); break;
    case Action::repeat: {
      const std::size_t space = std::min(rest.find(' '), rest.size());
      step.first = TRY(number(rest.substr(0, space)));
      step.text = TRY(unescape(rest.substr(std::min(space + 1, rest.size()))));
      break;
    }
    case Action::resize: {
      const std::size_t space = std::min(rest.find(' '), rest.size());
      step.first = TRY(number(rest.substr(0, space)));
      step.second = TRY(number(rest.substr(std::min(space + 1, rest.size()))));
      break;
    }
    case Action::status:
    case Action::within: step.first = TRY(number(rest)); break;
  }
  return step;
}

}  // namespace

Result<std::vector<Step>> parse_script(std::string_view text) {
  std::vector<Step> steps;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view source = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (source.empty() || source.starts_with('#')) continue;
    const std::size_t space = std::min(source.find(' '), source.size());
    auto step = parse_step(source.substr(0, space), source.substr(std::min(space + 1, source.size())));
    if (!step) return fail("line " + std::to_string(line) + ": " + step.error().message);
    step->line = line;
    step->source = source;
    steps.push_back(std::move(*step));
  }
  return steps;
}

}  // namespace tessera::tests
