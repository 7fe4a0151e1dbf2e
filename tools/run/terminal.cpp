// SPDX-License-Identifier: Apache-2.0
// Raw mode by termios.
#include "tools/run/terminal.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace tessera::tools::run {
namespace {

termios saved;  // a signal handler has no other way to it

void restore_and_die(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

bool on_terminal() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

WindowSize window_size() {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

Result<void> RawTerminal::enter() {
  if (::tcgetattr(STDIN_FILENO, &saved) != 0) return fail_errno("cannot read the terminal's settings");
  termios raw = saved;
  ::cfmakeraw(&raw);
  if (::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) return fail_errno("cannot set the terminal to raw mode");
  raw_ = true;
  for (const int signal : {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) ::signal(signal, restore_and_die);
  return {};
}

void RawTerminal::restore() {
  if (!raw_) return;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
  raw_ = false;
}

}  // namespace tessera::tools::run
