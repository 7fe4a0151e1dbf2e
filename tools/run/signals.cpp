// SPDX-License-Identifier: Apache-2.0
// signalfd.
#include "tools/run/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

namespace tessera::tools::run {

Signals::Signals() {
  sigset_t watched;
  ::sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) ::sigaddset(&watched, signal);
  ::sigprocmask(SIG_BLOCK, &watched, &before_);
  ::signal(SIGPIPE, SIG_IGN);
  stream_.reset(::signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC));
}

Signals::~Signals() {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

int Signals::take() {
  signalfd_siginfo info{};
  return ::read(stream_.get(), &info, sizeof info) == ssize_t{sizeof info} ? static_cast<int>(info.ssi_signo) : 0;
}

void die_of(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

}  // namespace tessera::tools::run
