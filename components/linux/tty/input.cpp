// SPDX-License-Identifier: Apache-2.0
// The terminal's input side: from the driver's characters to lines and signals.
#include <algorithm>

#include "components/linux/process/contract.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigInt = 2, kSigQuit = 3, kSigTstp = 20;
constexpr std::uint8_t kBellCharacter = 7;

}  // namespace

abi::Termios default_termios() {
  abi::Termios termios{};
  termios.input = kReturnToNewline | kFlowControl | kUtf8;
  termios.output = kPostProcess | kNewlineToReturnNewline;
  termios.control = 0017 | 0060 | 0200;  // B38400, CS8, CREAD
  termios.local = kSignals | kCanonical | kEcho | kEchoErase | kEchoKill | kEchoControl | kEchoKillErase | kExtended;
  termios.characters = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0};
  return termios;
}

std::size_t Terminal::input_room() const {
  const std::size_t used = end_ - read_;
  if (!local_flag(kCanonical)) return kInputRoom - used;
  // The last place is kept for what ends the line.
  const std::size_t room = used < kInputRoom ? kInputRoom - 1 - used : 0;
  // With whole lines to read the driver waits: a paste is not lost. One line that
  // fills everything drops characters, but hears ^C.
  return lines_ != read_ ? room : std::max<std::size_t>(room, 64);
}

void Terminal::receive(std::span<const std::byte> bytes) {
  if (hung_up_) return;
  for (std::byte byte : bytes) receive_one(static_cast<std::uint8_t>(byte));
  flush_output();
  wake_readers();
}

void Terminal::receive_one(std::uint8_t c) {
  if (input_flag(kStripBit)) c &= 0x7f;
  if (literal_next_) {
    literal_next_ = false;
    append(c, 0);
    echo(c);
    return;
  }
  if (input_flag(kFlowControl)) {
    if (is(c, kStart)) return set_stopped(false);
    if (is(c, kStop)) return set_stopped(true);
    if (stopped_ && input_flag(kAnyRestarts)) set_stopped(false);
  }
  if (local_flag(kSignals) && receive_signal(c)) return;
  if (c == '\r') {
    if (input_flag(kIgnoreReturn)) return;
    if (input_flag(kReturnToNewline)) c = '\n';
  } else if (c == '\n' && input_flag(kNewlineToReturn)) {
    c = '\r';
  }
  if (local_flag(kCanonical) && edit(c)) return;
  if (end_ - read_ >= kInputRoom) return;
  append(c, 0);
  echo(c);
}

bool Terminal::receive_signal(std::uint8_t c) {
  if (is(c, kInterrupt)) return send_signal(kSigInt, c), true;
  if (is(c, kQuit)) return send_signal(kSigQuit, c), true;
  if (is(c, kSuspend)) return send_signal(kSigTstp, c), true;
  return false;
}

void Terminal::send_signal(int signal, std::uint8_t c) {
  if (!local_flag(kNoFlush)) {
    flush_input();
    output_.clear();
    if (!writers_.empty()) writers_.wake_all();
  }
  if (stopped_) set_stopped(false);
  if (local_flag(kEcho)) echo_control(c);
  if (foreground_ > 0) signal_process_group(foreground_, signal);
}

// What edits or ends a line. True when the character was dealt with.
bool Terminal::edit(std::uint8_t c) {
  bool extended = local_flag(kExtended);
  if (is(c, kErase)) return erase_character(), true;
  if (extended && is(c, kWordErase)) return erase_word(), true;
  if (is(c, kKill)) return kill_line(), true;
  if (extended && is(c, kLiteralNext)) {
    literal_next_ = true;
    if (local_flag(kEcho) && local_flag(kEchoControl)) put_text("^\b");
    return true;
  }
  if (extended && local_flag(kEcho) && is(c, kReprint)) return reprint(), true;
  if (c == '\n') {
    if (local_flag(kEcho) || local_flag(kEchoNewline)) put('\n');
    return end_line(c, kLineEnd), true;
  }
  if (is(c, kEndOfFile)) return end_line(0, kLineEnd | kEndMark), true;
  if (is(c, kEndOfLine) || (extended && is(c, kEndOfLine2))) {
    echo(c);
    return end_line(c, kLineEnd), true;
  }
  // The last place is kept for what ends the line.
  if (end_ - read_ >= kInputRoom - 1) {
    if (input_flag(kBell)) put_raw(kBellCharacter);
    return true;
  }
  return false;
}

void Terminal::append(std::uint8_t c, Cell flags) {
  if (end_ - read_ >= kInputRoom) return;
  // The line starts on the screen where its first echo goes.
  if (end_ == lines_) edit_column_ = column_;
  cell(end_) = static_cast<Cell>(c | flags);
  ++end_;
  if (!local_flag(kCanonical)) lines_ = end_;
}

void Terminal::end_line(std::uint8_t c, Cell flags) {
  if (end_ - read_ >= kInputRoom) return;
  cell(end_) = static_cast<Cell>(c | flags);
  ++end_;
  lines_ = end_;
}

void Terminal::flush_input() {
  read_ = lines_ = end_;
  literal_next_ = false;
  if (driver_ != nullptr) driver_->input_drained();
}

std::size_t Terminal::readable_cells() const { return lines_ - read_; }

void Terminal::wake_readers() {
  if (readable_cells() != 0 && !readers_.empty()) readers_.wake_all();
}

}  // namespace tessera::lx
