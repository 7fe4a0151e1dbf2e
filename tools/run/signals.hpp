// SPDX-License-Identifier: Apache-2.0
// Signals as a stream to poll: those that end the run, and SIGWINCH. While the
// object lives they are blocked, and a broken pipe is an error of write().
#pragma once

#include <signal.h>

#include "tools/support/result.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::run {

class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  Signals(Signals&&) = delete;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  [[nodiscard]] int stream() const { return stream_.get(); }
  // The next one; 0 when there is none.
  [[nodiscard]] int take();

 private:
  sigset_t before_{};
  UniqueFd stream_;
};

// Ends this process as SIGNAL does when nobody handles it.
[[noreturn]] void die_of(int signal);

}  // namespace tessera::tools::run
