// SPDX-License-Identifier: Apache-2.0
// pty-expect SCRIPT -- PROGRAM ARGUMENTS...: runs PROGRAM on a pseudo-terminal,
// types what SCRIPT says and waits for what it expects. Status 0 when all came.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/system/terminal/script.hpp"
#include "tests/system/terminal/terminal.hpp"
#include "tools/support/arguments.hpp"
#include "tools/support/file.hpp"

namespace tessera::tests {
namespace {

using Clock = Terminal::Clock;
using tools::fail;
using tools::Result;

Result<void> perform(const Step& step, Terminal& terminal, std::chrono::seconds& patience) {
  const auto deadline = Clock::now() + patience;
  switch (step.action) {
    case Action::expect:
      if (!terminal.wait_for(step.text, deadline)) return fail("it did not appear");
      return {};
    case Action::absent:
      if (terminal.passed().contains(step.text)) return fail("it appeared");
      return {};
    case Action::send: return terminal.type(step.text);
    case Action::repeat: {
      std::string all;
      for (std::uint64_t i = 0; i < step.first; ++i) all += step.text;
      return terminal.paste(all, deadline);
    }
    case Action::resize: return terminal.resize(static_cast<unsigned>(step.first), static_cast<unsigned>(step.second));
    case Action::within: patience = std::chrono::seconds(step.first); return {};
    case Action::status: {
      const std::optional<int> status = terminal.wait_for_end(deadline);
      if (!status) return fail("the program did not end");
      if (*status != static_cast<int>(step.first)) return fail("the status is " + std::to_string(*status));
      return {};
    }
  }
  return {};
}

Result<void> play(const std::vector<Step>& steps, Terminal& terminal) {
  std::chrono::seconds patience(60);
  for (const Step& step : steps) {
    if (auto done = perform(step, terminal, patience); !done) {
      return fail("line " + std::to_string(step.line) + ": " + step.source + ": " + done.error().message);
    }
  }
  return {};
}

Result<void> run(const std::string& file, std::vector<std::string> words) {
  const std::string script = TRY(tools::read_file(file));
  const std::vector<Step> steps = TRY(parse_script(script));
  Terminal terminal;
  TRY(terminal.start(std::move(words)));
  auto played = play(steps, terminal);
  if (!played) std::printf("----- the terminal\n%s\n-----\n", terminal.text().c_str());
  return played;
}

}  // namespace
}  // namespace tessera::tests

int main(int count, char** values) {
  const auto words = tessera::tools::arguments(count, values);
  if (words.size() < 4 || words[2] != "--") {
    std::fputs("usage: pty-expect SCRIPT -- PROGRAM ARGUMENTS...\n", stderr);
    return 2;
  }
  const auto done = tessera::tests::run(words[1], {words.begin() + 3, words.end()});
  if (done) return 0;
  std::printf("%s: %s\n", words[1].c_str(), done.error().message.c_str());
  return 1;
}
