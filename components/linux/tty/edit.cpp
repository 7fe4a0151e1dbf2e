// SPDX-License-Identifier: Apache-2.0
// Line editing: taking characters back from the line and from the screen.
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {
namespace {

bool continues_character(std::uint8_t c) { return (c & 0xc0) == 0x80; }
bool control(std::uint8_t c) { return c < 0x20 || c == 0x7f; }
bool of_word(std::uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

}  // namespace

// How wide the tab behind the last character of the line is drawn.
std::size_t Terminal::tab_width_at_end() const {
  std::size_t column = edit_column_;
  for (std::size_t i = lines_; i != end_; ++i) {
    auto c = static_cast<std::uint8_t>(cell(i));
    if (c == '\t')
      column = (column | 7) + 1;
    else if (control(c))
      column += local_flag(kEchoControl) ? 2 : 0;
    else if (!input_flag(kUtf8) || !continues_character(c))
      ++column;
  }
  return 8 - column % 8;
}

// Takes one erased character off the screen; it is no longer in the line.
void Terminal::rub_out(std::uint8_t c) {
  if (c == '\t') {
    for (std::size_t left = tab_width_at_end(); left != 0; --left) put_raw('\b');
    return;
  }
  if (control(c) && local_flag(kEchoControl)) put_text("\b \b");
  if (!control(c) || local_flag(kEchoControl)) put_text("\b \b");
}

void Terminal::erase_character() {
  if (end_ == lines_) return;
  std::uint8_t c = 0;
  do {
    --end_;
    c = static_cast<std::uint8_t>(cell(end_));
  } while (input_flag(kUtf8) && continues_character(c) && end_ != lines_);
  if (!local_flag(kEcho)) return;
  if (local_flag(kEchoErase))
    rub_out(c);
  else
    echo(termios_.characters[kErase]);
}

// The blanks behind the last word, and the word.
void Terminal::erase_word() {
  bool seen_word = false;
  while (end_ != lines_) {
    auto c = static_cast<std::uint8_t>(cell(end_ - 1));
    if (of_word(c))
      seen_word = true;
    else if (seen_word)
      break;
    erase_character();
  }
}

void Terminal::kill_line() {
  if (local_flag(kEcho) && local_flag(kEchoKill) && local_flag(kEchoKillErase) && local_flag(kEchoErase)) {
    while (end_ != lines_) erase_character();
    return;
  }
  end_ = lines_;
  if (!local_flag(kEcho)) return;
  echo(termios_.characters[kKill]);
  if (local_flag(kEchoKill)) put('\n');
}

void Terminal::reprint() {
  echo_control(termios_.characters[kReprint]);
  put('\n');
  edit_column_ = column_;
  for (std::size_t i = lines_; i != end_; ++i) echo(static_cast<std::uint8_t>(cell(i)));
}

}  // namespace tessera::lx
