// SPDX-License-Identifier: Apache-2.0
// The QEMU process. It ends with its owner, whatever happens.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "tools/support/result.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::run {

// Our end and QEMU's of a two-way stream.
struct SocketPair {
  UniqueFd ours;   // does not block, closed at exec
  UniqueFd theirs;

  [[nodiscard]] static Result<SocketPair> make();
  // As a character device of QEMU.
  [[nodiscard]] std::string device() const { return "socket,fd=" + std::to_string(theirs.get()); }
};

class Qemu {
 public:
  Qemu() = default;
  Qemu(const Qemu&) = delete;
  Qemu& operator=(const Qemu&) = delete;
  Qemu(Qemu&&) = delete;
  Qemu& operator=(Qemu&&) = delete;
  ~Qemu() { kill(); }

  // Descriptors that are open and not close-on-exec are handed over. What QEMU
  // prints goes to the stream messages().
  [[nodiscard]] Result<void> start(std::vector<std::string> command);

  [[nodiscard]] int messages() const { return messages_.get(); }

  // Ends it if it lives, and waits for it.
  void kill();

 private:
  pid_t process_ = -1;
  UniqueFd messages_;
};

}  // namespace tessera::tools::run
