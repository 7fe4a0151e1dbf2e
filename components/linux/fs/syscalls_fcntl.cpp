// SPDX-License-Identifier: Apache-2.0
// fcntl, flock, ioctl.
#include "components/linux/fs/abi.hpp"
#include "components/linux/fs/lease.hpp"
#include "components/linux/fs/locks.hpp"
#include "components/linux/fs/pipe.hpp"
#include "components/linux/fs/seals.hpp"
#include "components/linux/fs/signal_driver.hpp"
#include "components/linux/fs/syscall_support.hpp"

namespace tessera::lx {
namespace {

enum Command : std::uint32_t {
  kDup = 0, kGetDescriptorFlags = 1, kSetDescriptorFlags = 2, kGetFlags = 3, kSetFlags = 4, kGetLock = 5,
  kSetLock = 6, kSetLockWait = 7, kOpenGetLock = 36, kOpenSetLock = 37, kOpenSetLockWait = 38,
  kDupCloseOnExec = 1030, kSetPipeSize = 1031, kGetPipeSize = 1032,
  kAddSeals = 1033, kGetSeals = 1034, kSetLease = 1024, kGetLease = 1025,
};

constexpr std::int16_t kReadLock = 0, kWriteLock = 1, kUnlock = 2;

FileLocks& locks_of(Inode& inode) {
  if (!inode.locks) inode.locks = make_ref<FileLocks>();
  return *inode.locks;
}

// A lock's bytes from l_whence, l_start, l_len; l_len may be negative.
Result<RecordLock> record_lock(File& file, const abi::Flock& request) {
  RecordLock lock;
  std::int64_t base = 0, start = 0, end = 0;
  switch (request.whence) {
    case 0: break;
    case 1: base = static_cast<std::int64_t>(file.position); break;
    case 2: base = static_cast<std::int64_t>(file.inode()->attributes.size); break;
    default: return fail(Errno::einval);
  }
  if (__builtin_add_overflow(base, request.start, &start)) return fail(Errno::eoverflow);
  if (start < 0) return fail(Errno::einval);
  if (__builtin_add_overflow(start, request.length, &end)) return fail(Errno::eoverflow);
  if (request.length < 0) std::swap(start, end);
  if (start < 0) return fail(Errno::einval);
  lock.start = static_cast<std::uint64_t>(start);
  lock.end = request.length == 0 ? kLockToEnd : static_cast<std::uint64_t>(end);
  switch (request.type) {
    case kReadLock: lock.kind = LockKind::shared; break;
    case kWriteLock: lock.kind = LockKind::exclusive; break;
    case kUnlock: lock.kind = LockKind::none; break;
    default: return fail(Errno::einval);
  }
  return lock;
}

Result<std::int64_t> record_locking(File& file, std::uint32_t command, std::uint64_t address) {
  auto request = TRY(read_guest<abi::Flock>(address));
  Ref<Inode> inode = file.inode();
  if (!inode) return fail(Errno::einval);
  RecordLock lock = TRY(record_lock(file, request));
  bool of_open_file = command >= kOpenGetLock;
  if (of_open_file && request.pid != 0) return fail(Errno::einval);
  lock.owner = of_open_file ? static_cast<const void*>(&file) : static_cast<const void*>(&current_files());
  lock.pid = of_open_file ? -1 : current_pid();
  if (command == kGetLock || command == kOpenGetLock) {
    if (lock.kind == LockKind::none) return fail(Errno::einval);
    const RecordLock* held = locks_of(*inode).conflict(lock);
    if (held == nullptr) {
      request.type = kUnlock;
    } else {
      request.type = held->kind == LockKind::shared ? kReadLock : kWriteLock;
      request.whence = 0;
      request.start = static_cast<std::int64_t>(held->start);
      request.length = held->end == kLockToEnd ? 0 : static_cast<std::int64_t>(held->end - held->start);
      request.pid = held->pid;
    }
    TRY(write_guest(address, request));
    return 0;
  }
  if (lock.kind == LockKind::shared && !file.readable()) return fail(Errno::ebadf);
  if (lock.kind == LockKind::exclusive && !file.writable()) return fail(Errno::ebadf);
  TRY(locks_of(*inode).set(lock, command == kSetLockWait || command == kOpenSetLockWait));
  return 0;
}

Result<std::int64_t> duplicate(Ref<File> file, std::uint64_t lowest, bool close_on_exec) {
  constexpr unsigned kLimitFiles = 7;
  if (int32(lowest) < 0 || low32(lowest) >= current_limit(kLimitFiles)) return fail(Errno::einval);
  return TRY(current_files().install(std::move(file), close_on_exec, int32(lowest)));
}

Result<std::int64_t> set_flags(File& file, std::int32_t descriptor, std::uint32_t flags) {
  if (((file.flags() ^ flags) & kOpenAsync) != 0) drive_by_signals(file, descriptor, (flags & kOpenAsync) != 0);
  constexpr std::uint32_t kChangeable = kOpenAppend | kOpenNonBlock | kOpenNoAccessTime;
  file.set_flags((file.flags() & ~kChangeable) | (flags & kChangeable));
  return 0;
}

}  // namespace

Result<std::int64_t> sys_fcntl(const Arguments& a) {
  Ref<File> file = TRY(any_file_at(a[0]));
  std::uint32_t command = low32(a[1]);
  bool on_path = command == kDup || command == kDupCloseOnExec || command == kGetDescriptorFlags ||
                 command == kSetDescriptorFlags || command == kGetFlags;
  if (file->path_only() && !on_path) return fail(Errno::ebadf);
  switch (command) {
    case kDup: return duplicate(std::move(file), a[2], false);
    case kDupCloseOnExec: return duplicate(std::move(file), a[2], true);
    case kGetDescriptorFlags: return current_files().close_on_exec(int32(a[0])) ? 1 : 0;
    case kSetDescriptorFlags: TRY(current_files().set_close_on_exec(int32(a[0]), (a[2] & 1) != 0)); return 0;
    case kGetFlags: return file->flags();
    case kSetFlags: return set_flags(*file, int32(a[0]), low32(a[2]));
    case kGetLock:
    case kSetLock:
    case kSetLockWait:
    case kOpenGetLock:
    case kOpenSetLock:
    case kOpenSetLockWait: return record_locking(*file, command, a[2]);
    case kSetPipeSize:
      if (file->pipe() == nullptr) return fail(Errno::ebadf);
      return static_cast<std::int64_t>(TRY(file->pipe()->set_capacity(low32(a[2]))));
    case kGetPipeSize:
      if (file->pipe() == nullptr) return fail(Errno::ebadf);
      return static_cast<std::int64_t>(file->pipe()->capacity());
    case kSetLease: return set_lease(*file, int32(a[0]), a[2]);
    case kGetLease: return get_lease(*file);
    case kAddSeals: return add_seals(*file, low32(a[2]));
    case kGetSeals: return get_seals(*file);
    default:
      if (is_signal_owner_command(command)) return signal_owner_command(*file, command, a[2]);
      return fail(Errno::einval);
  }
}

Result<std::int64_t> sys_flock(const Arguments& a) {
  constexpr std::uint32_t kShared = 1, kExclusive = 2, kNonBlock = 4, kRelease = 8;
  Ref<File> file = TRY(file_at(a[0]));
  LockKind kind = LockKind::none;
  switch (low32(a[1]) & ~kNonBlock) {
    case kShared: kind = LockKind::shared; break;
    case kExclusive: kind = LockKind::exclusive; break;
    case kRelease: break;
    default: return fail(Errno::einval);
  }
  Ref<Inode> inode = file->inode();
  if (!inode) return fail(Errno::ebadf);
  TRY(locks_of(*inode).set_whole(*file, kind, (a[1] & kNonBlock) == 0));
  return 0;
}

Result<std::int64_t> sys_ioctl(const Arguments& a) {
  constexpr std::uint32_t kClearCloseOnExec = 0x5450, kSetCloseOnExec = 0x5451, kSetNonBlock = 0x5421,
                          kSetAsync = 0x5452, kSetSocketOwner = 0x8901, kSetSocketGroup = 0x8902,
                          kGetSocketOwner = 0x8903, kGetSocketGroup = 0x8904;
  Ref<File> file = TRY(file_at(a[0]));
  switch (low32(a[1])) {
    case kClearCloseOnExec: TRY(current_files().set_close_on_exec(int32(a[0]), false)); return 0;
    case kSetCloseOnExec: TRY(current_files().set_close_on_exec(int32(a[0]), true)); return 0;
    case kSetNonBlock: {
      bool on = TRY(read_guest<std::int32_t>(a[2])) != 0;
      file->set_flags(on ? file->flags() | kOpenNonBlock : file->flags() & ~kOpenNonBlock);
      return 0;
    }
    case kSetAsync: {
      const bool on = TRY(read_guest<std::int32_t>(a[2])) != 0;
      if (on == ((file->flags() & kOpenAsync) != 0)) return 0;
      if (!file->drives_signals()) return fail(Errno::enotty);
      drive_by_signals(*file, int32(a[0]), on);
      return 0;
    }
    case kSetSocketOwner:
    case kSetSocketGroup: {
      if (file->socket() == nullptr) return fail(Errno::enotty);
      const auto number = TRY(read_guest<std::int32_t>(a[2]));
      TRY(set_signal_owner(*file, number));
      return 0;
    }
    case kGetSocketOwner:
    case kGetSocketGroup:
      if (file->socket() == nullptr) return fail(Errno::enotty);
      TRY(write_guest(a[2], signal_owner(*file)));
      return 0;
    default: return file->ioctl(low32(a[1]), a[2]);
  }
}

}  // namespace tessera::lx
