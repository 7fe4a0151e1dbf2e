// SPDX-License-Identifier: Apache-2.0
// The text in a terminal's output.
#include "tests/system/terminal/screen_text.hpp"

namespace tessera::tests {

void ScreenText::feed(std::string_view output, std::string& text, std::string& answer) {
  for (const char character : output) {
    switch (state_) {
      case State::text:
        if (character == '\x1b') {
          state_ = State::escape;
        } else if (character != '\r') {
          text += character;
        }
        break;
      case State::escape:
        parameters_.clear();
        state_ = character == '[' ? State::sequence : State::text;
        break;
      case State::sequence:
        if (character >= '0' && character <= '?') {
          parameters_ += character;
          break;
        }
        if (character == 'n' && parameters_ == "6") answer += "\x1b[1;1R";
        state_ = State::text;
        break;
    }
  }
}

}  // namespace tessera::tests
