// SPDX-License-Identifier: Apache-2.0
// A position in TOML text: looks ahead, steps, and knows line and column.
#pragma once

#include <cstddef>
#include <string_view>

#include "tools/support/diagnostic.hpp"

namespace tessera::tools::toml {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  // The character AHEAD of the position; zero behind the end.
  [[nodiscard]] char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  [[nodiscard]] Location where() const { return where_; }

  char take() {
    const char character = peek();
    ++at_;
    if (character == '\n') {
      where_ = {where_.line + 1, 1};
    } else {
      ++where_.column;
    }
    return character;
  }

  bool accept(char wanted) {
    if (at_end() || peek() != wanted) return false;
    take();
    return true;
  }

  [[nodiscard]] bool at_line_end() const { return at_end() || peek() == '\n' || (peek() == '\r' && peek(1) == '\n'); }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') take();
  }

  void skip_comment() {
    if (peek() != '#') return;
    while (!at_line_end()) take();
  }

  // Blanks, comments and line ends.
  void skip_space() {
    for (;;) {
      skip_blanks();
      skip_comment();
      if (at_end() || !at_line_end()) return;
      while (!accept('\n')) take();
    }
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  Location where_{1, 1};
};

}  // namespace tessera::tools::toml
