// SPDX-License-Identifier: Apache-2.0
// Other programs, run to their end.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/support/result.hpp"

namespace tessera::tools {

struct Command {
  std::vector<std::string> words;                                   // program and arguments
  std::string directory;                                            // "": where we are
  std::vector<std::pair<std::string, std::string>> environment{};   // set beside what is inherited
};

// Runs a program that must succeed; returns its standard output. The failure
// holds the last lines of its standard error.
[[nodiscard]] Result<std::string> run_program(const Command& command);

// The same, and ON_LINE sees each line of its standard output as it comes.
[[nodiscard]] Result<std::string> run_program(const Command& command, const std::function<void(std::string_view)>& on_line);

// Between fork and exec: no signal blocked, SIGPIPE as usual.
void reset_signals();

// Words as a person would type them in a shell.
[[nodiscard]] std::string shell_words(const std::vector<std::string>& words);

// Pointers to the words and a null behind them, for exec. Valid as long as the words.
[[nodiscard]] std::vector<char*> exec_words(std::vector<std::string>& words);

}  // namespace tessera::tools
