// SPDX-License-Identifier: Apache-2.0
// A program on a pseudo-terminal, and the person before it.
#include "tests/system/terminal/terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "tools/support/process.hpp"

namespace tessera::tests {

using tools::fail_errno;
using tools::Result;

Terminal::~Terminal() {
  if (process_ <= 0) return;
  // The terminal goes first, as when its window is closed: SIGHUP lets the program clean up.
  stream_.reset();
  for (int round = 0; round < 50; ++round) {
    if (::waitpid(process_, nullptr, WNOHANG) != 0) return;
    ::usleep(100'000);
  }
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

Result<void> Terminal::start(std::vector<std::string> words) {
  int stream = -1;
  const winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  process_ = ::forkpty(&stream, nullptr, nullptr, &size);
  if (process_ < 0) return fail_errno("cannot open a pseudo-terminal");
  if (process_ == 0) {
    tools::reset_signals();
    ::setenv("TERM", "linux", 1);
    ::execvp(words.front().c_str(), tools::exec_words(words).data());
    ::perror(words.front().c_str());
    ::_exit(127);
  }
  stream_.reset(stream);
  return {};
}

Result<void> Terminal::type(const std::string& keys) {
  if (::write(stream_.get(), keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) return fail_errno("cannot type");
  return {};
}

Result<void> Terminal::paste(std::string_view keys, Clock::time_point deadline) {
  while (!keys.empty()) {
    pollfd wait{stream_.get(), POLLIN | POLLOUT, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left, 600'000))) <= 0) return tools::fail("nobody reads it");
    if ((wait.revents & POLLIN) != 0 && !read_more(deadline)) return tools::fail("the program ended");
    if ((wait.revents & POLLOUT) == 0) continue;
    // What a terminal that is ready takes without waiting.
    const std::string_view part = keys.substr(0, 256);
    TRY(type(std::string(part)));
    keys.remove_prefix(part.size());
  }
  return {};
}

Result<void> Terminal::resize(unsigned rows, unsigned columns) {
  const winsize size{.ws_row = static_cast<unsigned short>(rows), .ws_col = static_cast<unsigned short>(columns), .ws_xpixel = 0, .ws_ypixel = 0};
  if (::ioctl(stream_.get(), TIOCSWINSZ, &size) != 0) return fail_errno("cannot set the window's size");
  return {};
}

bool Terminal::read_more(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  if (left <= 0 || !stream_.valid()) return false;
  pollfd wait{stream_.get(), POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left, 600'000))) <= 0) return errno == EINTR;
  std::array<char, 65536> bytes;
  const ssize_t got = ::read(stream_.get(), bytes.data(), bytes.size());
  if (got <= 0) {  // EIO: nobody has the terminal open any more
    stream_.reset();
    return false;
  }
  std::string answer;
  screen_.feed({bytes.data(), static_cast<std::size_t>(got)}, text_, answer);
  return answer.empty() || type(answer).has_value();
}

bool Terminal::wait_for(const std::string& wanted, Clock::time_point deadline) {
  before_ = matched_;
  for (;;) {
    if (const std::size_t found = text_.find(wanted, before_); found != std::string::npos) {
      matched_ = found + wanted.size();
      return true;
    }
    if (!read_more(deadline)) return false;
  }
}

std::optional<int> Terminal::wait_for_end(Clock::time_point deadline) {
  before_ = matched_;
  while (read_more(deadline)) {
  }
  matched_ = text_.size();
  if (stream_.valid()) return std::nullopt;
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tessera::tests
