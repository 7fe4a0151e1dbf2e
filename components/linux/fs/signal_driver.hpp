// SPDX-License-Identifier: Apache-2.0
// Signal-driven input and output (O_ASYNC, F_SETOWN, F_SETSIG): an open file tells its
// owner by a signal when it can be read or written again.
//
// Watches the file's queues without a thread, while O_ASYNC is set. It sends for each
// arrival of something to read, and for each time that room was made; Linux' sockets do
// the latter only after a write that found none.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {

class SignalDriver final : public PollTable, public WaitWatcher {
 public:
  explicit SignalDriver(File& file) : file_(file) {}
  // `descriptor` is what the signals name.
  void start(std::int32_t descriptor);
  void stop() { nodes_.clear(); }

  // A lease is to be given up (fs/lease.hpp).
  void tell_message();
  void name_descriptor(std::int32_t descriptor) { descriptor_ = descriptor; }

  SignalOwner owner;
  int signal = 0;  // 0: SIGIO, without what happened

  void add(WaitQueue& queue) override;
  void queue_woke() override;

 private:
  File& file_;
  std::int32_t descriptor_ = -1;
  std::uint32_t last_ = 0;
  std::vector<std::unique_ptr<WaitNode>> nodes_;
};

// O_ASYNC on or off. Files that never have to wait do not have it.
void drive_by_signals(File& file, std::int32_t descriptor, bool on);

// The calling process is told, unless an owner was named before.
void own_signals_of(File& file, std::int32_t descriptor);

// fcntl and ioctl by these commands; nothing: another command.
Result<std::int64_t> signal_owner_command(File& file, std::uint32_t command, std::uint64_t argument);
bool is_signal_owner_command(std::uint32_t command);
// F_SETOWN's number: a process, or a group if negative. ESRCH, EINVAL.
Result<void> set_signal_owner(File& file, std::int32_t number);
[[nodiscard]] std::int32_t signal_owner(const File& file);

}  // namespace tessera::lx
