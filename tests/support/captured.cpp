// SPDX-License-Identifier: Apache-2.0
// A program run to its end, with all that it wrote.
#include "tests/support/captured.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "tools/support/process.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tests {
namespace {

using Clock = std::chrono::steady_clock;
using tools::fail_errno;
using tools::Result;
using tools::UniqueFd;

struct Pipe {
  UniqueFd read;
  UniqueFd write;

  static Result<Pipe> make() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  }
};

[[noreturn]] void become(std::vector<std::string>& words, const Pipe& output, const Pipe& errors) {
  ::setpgid(0, 0);  // so that a late program goes with its children
  tools::reset_signals();
  ::dup2(output.write.get(), STDOUT_FILENO);
  ::dup2(errors.write.get(), STDERR_FILENO);
  if (const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::execvp(words.front().c_str(), tools::exec_words(words).data());
  const std::string message = "cannot run " + words.front() + ": " + std::strerror(errno) + "\n";
  static_cast<void>(!::write(STDERR_FILENO, message.data(), message.size()));
  ::_exit(127);
}

// Appends what is there. At the end closes the stream.
void take(UniqueFd& from, std::string& to) {
  std::array<char, 65536> bytes;
  const ssize_t got = ::read(from.get(), bytes.data(), bytes.size());
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) return from.reset();
  to.append(bytes.data(), static_cast<std::size_t>(got));
}

// Until both streams end; false when the time is over before.
bool collect(UniqueFd& output, UniqueFd& errors, Captured& result, Clock::time_point deadline) {
  while (output.valid() || errors.valid()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> waits{{{output.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(std::min<std::int64_t>(left, 60'000))) < 0) continue;
    if (waits[0].revents != 0) take(output, result.output);
    if (waits[1].revents != 0) take(errors, result.errors);
  }
  return true;
}

}  // namespace

Result<Captured> capture(std::vector<std::string> words, std::chrono::seconds limit) {
  Pipe output = TRY(Pipe::make());
  Pipe errors = TRY(Pipe::make());
  const pid_t process = ::fork();
  if (process < 0) return fail_errno("cannot start " + words.front());
  if (process == 0) become(words, output, errors);
  output.write.reset();
  errors.write.reset();

  Captured result;
  result.late = !collect(output.read, errors.read, result, Clock::now() + limit);
  if (result.late) ::kill(-process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace tessera::tests
