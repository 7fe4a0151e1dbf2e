// SPDX-License-Identifier: Apache-2.0
// Job control: who may use a terminal, and who is told when it goes.
#include <utility>

#include "components/linux/process/contract.hpp"
#include "components/linux/tty/terminal.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigHup = 1, kSigCont = 18, kSigTtin = 21, kSigWinch = 28;

}  // namespace

bool Terminal::controls_caller() const {
  return session_ != 0 && session_ == current_session() && current_terminal().get() == this;
}

// Of a process in the background that wants to use it: stopped by the signal
// (and the call starts again), or EIO where nobody could continue it.
Result<void> Terminal::check_foreground(int signal) {
  std::int32_t group = current_process_group();
  if (foreground_ <= 0 || group == foreground_ || !controls_caller()) return {};
  if (current_signal_ignored_or_blocked(signal)) {
    if (signal == kSigTtin) return fail(Errno::eio);
    return {};  // writing is then allowed
  }
  if (process_group_is_orphaned(group)) return fail(Errno::eio);
  signal_process_group(group, signal);
  return fail(Errno::restart_sys);
}

void Terminal::assign(std::int32_t session, std::int32_t group) {
  session_ = session;
  foreground_ = group;
  set_session_terminal(session, Ref<Terminal>(this));
}

void Terminal::take_if_free() {
  if (!current_is_session_leader() || session_ != 0 || current_terminal()) return;
  assign(current_session(), current_process_group());
}

void Terminal::session_ended() {
  std::int32_t group = std::exchange(foreground_, 0);
  session_ = 0;
  if (group <= 0) return;
  signal_process_group(group, kSigHup);
  signal_process_group(group, kSigCont);
}

void Terminal::hang_up() {
  if (hung_up_) return;
  hung_up_ = true;
  std::int32_t session = std::exchange(session_, 0), group = std::exchange(foreground_, 0);
  output_.clear();
  // The session's leader leads the group of the same number.
  if (session > 0) {
    set_session_terminal(session, nullptr);
    signal_process_group(session, kSigHup);
    signal_process_group(session, kSigCont);
  }
  if (group > 0 && group != session) {
    signal_process_group(group, kSigHup);
    signal_process_group(group, kSigCont);
  }
  readers_.wake_all();
  writers_.wake_all();
}

void Terminal::set_window(const abi::WindowSize& window) {
  bool same = window.rows == window_.rows && window.columns == window_.columns &&
              window.x_pixels == window_.x_pixels && window.y_pixels == window_.y_pixels;
  window_ = window;
  if (!same && foreground_ > 0) signal_process_group(foreground_, kSigWinch);
}

}  // namespace tessera::lx
