// SPDX-License-Identifier: Apache-2.0
// The terminal's escape key: Ctrl-A x leaves, Ctrl-A h helps, Ctrl-A Ctrl-A is
// a Ctrl-A for the program. As in QEMU and screen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::tools::run {

enum class EscapeAction : std::uint8_t { none, leave, help };

class EscapeKey {
 public:
  // Appends what is for the program to INPUT. Returns the last action asked for.
  EscapeAction filter(std::string_view typed, std::string& input) {
    EscapeAction action = EscapeAction::none;
    for (const char character : typed) {
      if (!pressed_) {
        pressed_ = character == kControlA;
        if (!pressed_) input += character;
        continue;
      }
      pressed_ = false;
      if (character == 'x' || character == 'X') {
        action = EscapeAction::leave;
      } else if (character == 'h' || character == 'H' || character == '?') {
        action = EscapeAction::help;
      } else if (character == kControlA) {
        input += kControlA;
      }
      // Any other key behind Ctrl-A is a slip: dropped.
    }
    return action;
  }

 private:
  static constexpr char kControlA = '\1';
  bool pressed_ = false;
};

}  // namespace tessera::tools::run
