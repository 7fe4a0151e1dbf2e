// SPDX-License-Identifier: Apache-2.0
// The terminal's output side: output processing, echo, flow control.
#include <algorithm>
#include <array>

#include "components/linux/core/wait.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigTtou = 22;

bool continues_character(std::uint8_t c) { return (c & 0xc0) == 0x80; }

}  // namespace

void Terminal::put_raw(std::uint8_t c) {
  output_.push_back(static_cast<std::byte>(c));
  if (c == '\b') {
    if (column_ != 0) --column_;
  } else if (c == '\r') {
    column_ = 0;
  } else if (c == '\t') {
    column_ = (column_ | 7) + 1;
  } else if (c >= 0x20 && c != 0x7f && !(input_flag(kUtf8) && continues_character(c))) {
    ++column_;
  }
}

void Terminal::put_text(std::string_view text) {
  for (char c : text) put_raw(static_cast<std::uint8_t>(c));
}

// OPOST.
void Terminal::put(std::uint8_t c) {
  if (!output_flag(kPostProcess)) return put_raw(c);
  switch (c) {
    case '\n':
      if (output_flag(kNewlineToReturnNewline)) put_raw('\r');
      if (output_flag(kNewlineReturns)) column_ = 0;
      return put_raw(c);
    case '\r':
      if (output_flag(kNoReturnAtStart) && column_ == 0) return;
      return put_raw(output_flag(kOutReturnToNewline) ? '\n' : c);
    case '\t':
      if ((termios_.output & kTabMask) != kExpandTabs) return put_raw(c);
      for (std::size_t left = 8 - column_ % 8; left != 0; --left) put_raw(' ');
      return;
    default:
      if (output_flag(kLowerToUpper) && c >= 'a' && c <= 'z') c = static_cast<std::uint8_t>(c - 'a' + 'A');
      return put_raw(c);
  }
}

void Terminal::echo_control(std::uint8_t c) {
  bool control = c < 0x20 || c == 0x7f;
  if (control && local_flag(kEchoControl)) {
    put_raw('^');
    put_raw(c ^ 0x40);
  } else {
    put(c);
  }
}

void Terminal::echo(std::uint8_t c) {
  if (!local_flag(kEcho)) return;
  if (c == '\n' || c == '\t')
    put(c);
  else
    echo_control(c);
}

void Terminal::flush_output() {
  if (stopped_ || output_.empty()) return;
  if (driver_ == nullptr) return output_.clear();
  std::size_t taken = driver_->transmit(output_);
  output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(taken));
}

void Terminal::output_ready() {
  flush_output();
  if (output_.size() < kOutputRoom && !writers_.empty()) writers_.wake_all();
}

void Terminal::set_stopped(bool stopped) {
  stopped_ = stopped;
  if (!stopped) output_ready();
}

Result<std::size_t> Terminal::write(IoBuffer& from, bool non_blocking) {
  if (local_flag(kStopBackground)) TRY(check_foreground(kSigTtou));
  Ref<Terminal> keep(this);
  std::size_t done = 0;
  [[clang::uninitialized]] std::array<std::byte, 512> piece;
  while (from.remaining() != 0) {
    if (hung_up_) return done != 0 ? Result<std::size_t>(done) : fail(Errno::eio);
    if (output_.size() >= kOutputRoom) {
      if (non_blocking) return done != 0 ? Result<std::size_t>(done) : fail(Errno::eagain);
      auto slept =
          wait_until(current_thread(), writers_, [&] { return output_.size() < kOutputRoom || hung_up_; });
      if (!slept) return done != 0 ? Result<std::size_t>(done) : fail(slept.error());
      continue;
    }
    std::size_t taken = from.take(std::span(piece).first(std::min(piece.size(), from.remaining())));
    for (std::byte byte : std::span(piece).first(taken)) put(static_cast<std::uint8_t>(byte));
    done += taken;
    if (output_.size() >= kOutputRoom / 2) flush_output();
    if (from.faulted()) break;
  }
  flush_output();
  if (done == 0 && from.faulted()) return fail(Errno::efault);
  return done;
}

Result<void> Terminal::drain_output() {
  flush_output();
  Ref<Terminal> keep(this);
  return wait_until(current_thread(), writers_, [&] { return output_.empty() || hung_up_; });
}

}  // namespace tessera::lx
