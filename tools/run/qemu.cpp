// SPDX-License-Identifier: Apache-2.0
// The QEMU process.
#include "tools/run/qemu.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tools/support/process.hpp"

namespace tessera::tools::run {

Result<SocketPair> SocketPair::make() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return fail_errno("cannot make a socket pair");
  SocketPair pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
  ::fcntl(pair.ours.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

Result<void> Qemu::start(std::vector<std::string> command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe");
  messages_.reset(ends[0]);
  const UniqueFd theirs(ends[1]);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) return fail_errno("cannot start QEMU");
  if (process_ > 0) return {};

  // The child. A process group of its own: the terminal's Ctrl-C is ours to handle.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  reset_signals();
  ::dup2(theirs.get(), STDOUT_FILENO);
  ::dup2(theirs.get(), STDERR_FILENO);
  if (const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::execvp(command.front().c_str(), exec_words(command).data());
  const std::string message = "cannot run " + command.front() + ": " + std::strerror(errno) +
                              "; ./tessera build installs QEMU\n";
  static_cast<void>(!::write(STDERR_FILENO, message.data(), message.size()));
  ::_exit(127);
}

void Qemu::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
}

}  // namespace tessera::tools::run
