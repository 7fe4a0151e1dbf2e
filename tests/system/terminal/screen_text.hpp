// SPDX-License-Identifier: Apache-2.0
// The text in a terminal's output: what remains when escape sequences and carriage
// returns are taken away. A program that asks where the cursor is gets an answer
// to type, as from a real terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::tests {

class ScreenText {
 public:
  // Appends the text of OUTPUT to TEXT, and what the terminal answers to ANSWER.
  void feed(std::string_view output, std::string& text, std::string& answer);

 private:
  enum class State : std::uint8_t { text, escape, sequence };
  State state_ = State::text;
  std::string parameters_;
};

}  // namespace tessera::tests
