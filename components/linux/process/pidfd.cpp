// SPDX-License-Identifier: Apache-2.0
// pidfd_open and its family.
#include "components/linux/process/pidfd.hpp"

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"

namespace tessera::lx {

std::uint32_t PidFile::poll(PollTable* table) {
  if (table != nullptr && handle_) table->add(handle_->ended);
  const Process* const of = process();
  return of == nullptr || of->life != Life::alive ? kPollIn | kPollReadNormal : 0;
}

Ref<ProcessHandle> handle_of(Process& process) {
  if (!process.handle) process.handle = make_ref<ProcessHandle>(process);
  return process.handle;
}

Result<int> install_pidfd(Process* process, std::uint32_t flags) {
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = 0600;
  auto file = make_ref<PidFile>(process != nullptr ? handle_of(*process) : Ref<ProcessHandle>(),
                                kOpenReadWrite | (flags & kOpenNonBlock));
  file->path = unnamed_path("anon_inode:[pidfd]", inode);
  return current_files().install(std::move(file), true);
}

Result<Ref<File>> pidfd_at(std::uint64_t descriptor) {
  Ref<File> file = TRY(file_at(descriptor));
  if (file->pid_file() == nullptr) return fail(Errno::ebadf);
  return file;
}

Result<std::int64_t> sys_pidfd_open(const Arguments& a) {
  const std::int32_t pid = int32(a[0]);
  if ((low32(a[1]) & ~kOpenNonBlock) != 0 || pid <= 0) return fail(Errno::einval);
  Process* const process = registry().process(pid);
  if (process == nullptr) return fail(registry().thread(pid) != nullptr ? Errno::einval : Errno::esrch);
  return TRY(install_pidfd(process, low32(a[1])));
}

namespace {

// Of a pidfd or an open directory of /proc; null when it has ended.
Result<Process*> process_at(std::uint64_t descriptor) {
  const Ref<File> file = TRY(file_at(descriptor));
  if (file->pid_file() != nullptr) return file->pid_file()->process();
  const auto named = file->path ? process_of(file->path.inode()) : std::nullopt;
  if (!named) return fail(Errno::ebadf);
  Process* const process = registry().process(named->pid);
  return process != nullptr && process->start_ns == named->start_ns ? process : nullptr;
}

}  // namespace

Result<std::int64_t> sys_pidfd_send_signal(const Arguments& a) {
  const int signal = int32(a[1]);
  if (low32(a[3]) != 0) return fail(Errno::einval);
  Process* const process = TRY(process_at(a[0]));
  SignalInfo info = SignalInfo::from(signal, kCodeUser, current_pid(), current_credentials().uid);
  if (a[2] != 0) {
    info = TRY(read_guest<SignalInfo>(a[2]));
    if (info.signal != signal) return fail(Errno::einval);
    if (process != &current_thread().process && (info.code >= 0 || info.code == kCodeTkill)) return fail(Errno::eperm);
  }
  if (signal != 0 && !valid_signal(signal)) return fail(Errno::einval);
  if (process == nullptr) return fail(Errno::esrch);
  if (!may_signal(*process, signal)) return fail(Errno::eperm);
  if (signal != 0) TRY(send_to_process(*process, info));
  return 0;
}

Result<std::int64_t> sys_pidfd_getfd(const Arguments& a) {
  if (low32(a[2]) != 0) return fail(Errno::einval);
  const Ref<File> file = TRY(pidfd_at(a[0]));
  const Process* const process = file->pid_file()->process();
  const Thread* const leader = process != nullptr ? process->leader() : nullptr;
  if (leader == nullptr || !leader->files) return fail(Errno::esrch);
  if (!may_inspect(process->pid)) return fail(Errno::eperm);
  File* const found = leader->files->find(int32(a[1]));
  if (found == nullptr) return fail(Errno::ebadf);
  return TRY(current_files().install(Ref<File>(found), true));
}

}  // namespace tessera::lx
