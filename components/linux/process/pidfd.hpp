// SPDX-License-Identifier: Apache-2.0
// A process as a descriptor (pidfd): goes on telling of that process after its
// number has been given to another.
#pragma once

#include "components/linux/core/errno.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"

namespace tessera::lx {

class Process;

// Shared by a process and the descriptors for it; made with the first of them.
class ProcessHandle final : public RefCounted {
 public:
  explicit ProcessHandle(Process& of) : process(&of) {}
  Process* process;  // null once it was reaped
  WaitQueue ended;
};

class PidFile final : public File {
 public:
  PidFile(Ref<ProcessHandle> handle, std::uint32_t flags) : File(flags), handle_(std::move(handle)) {}
  [[nodiscard]] PidFile* pid_file() override { return this; }
  [[nodiscard]] Process* process() const { return handle_ ? handle_->process : nullptr; }
  // Of one that was made before its process.
  void set_handle(Ref<ProcessHandle> handle) { handle_ = std::move(handle); }
  std::uint32_t poll(PollTable* table) override;

 private:
  Ref<ProcessHandle> handle_;
};

Ref<ProcessHandle> handle_of(Process& process);
// Puts a descriptor for `process`, or for one still to be named, into the caller's table.
Result<int> install_pidfd(Process* process, std::uint32_t flags);
// EBADF when it is no pidfd.
Result<Ref<File>> pidfd_at(std::uint64_t descriptor);

}  // namespace tessera::lx
