// SPDX-License-Identifier: Apache-2.0
// An open file description: what descriptors refer to, shared by dup and fork.
#pragma once

#include <cstdint>
#include <linux_arch/layouts.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "components/linux/core/errno.hpp"
#include "components/linux/core/io_buffer.hpp"
#include "components/linux/core/ref.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/path.hpp"

namespace tessera::lx {

// O_* of asm-generic; linux_arch/layouts.hpp has the four that differ.
inline constexpr std::uint32_t kOpenAccessMask = 3, kOpenReadOnly = 0, kOpenWriteOnly = 1, kOpenReadWrite = 2,
                               kOpenCreate = 0100, kOpenExclusive = 0200, kOpenNoTerminal = 0400,
                               kOpenTruncate = 01000, kOpenAppend = 02000, kOpenNonBlock = 04000,
                               kOpenDataSync = 010000, kOpenAsync = 020000,
                               kOpenNoAccessTime = 01000000, kOpenCloseOnExec = 02000000, kOpenSync = 04010000,
                               kOpenPath = 010000000, kOpenTemporaryBit = 020000000,
                               kOpenTemporary = kOpenTemporaryBit | kOpenDirectory;

// poll(2) event bits.
inline constexpr std::uint32_t kPollIn = 0x1, kPollPriority = 0x2, kPollOut = 0x4, kPollError = 0x8, kPollHangup = 0x10,
                               kPollInvalid = 0x20, kPollReadNormal = 0x40, kPollWriteNormal = 0x100;

// Collects the queues to sleep on; null where the caller only asks.
class PollTable {
 public:
  virtual void add(WaitQueue& queue) = 0;

 protected:
  ~PollTable() = default;
};

// Something that watches an open file without keeping it open (epoll): told, and
// gone from the file's list, before the file ends.
class FileWatcher {
 public:
  virtual void file_gone() = 0;

 protected:
  ~FileWatcher() = default;

 private:
  friend class File;
  FileWatcher* next_watcher_ = nullptr;
};

class EpollSet;
class SignalDriver;
class SignalFile;
class TimerFile;
class InotifyFile;
class PidFile;
class QueueFile;
class SocketFile;
class IoRing;
class Backing;
class NamespaceFile;

class File : public RefCounted {
 public:
  // O_CLOEXEC belongs to the descriptor and O_CREAT and the like to the open: not kept.
  explicit File(std::uint32_t flags);
  ~File() override;

  [[nodiscard]] std::uint32_t flags() const { return flags_; }
  void set_flags(std::uint32_t flags) { flags_ = flags; }
  [[nodiscard]] bool path_only() const { return (flags_ & kOpenPath) != 0; }
  [[nodiscard]] bool readable() const { return (flags_ & 3) != 1 && !path_only(); }
  [[nodiscard]] bool writable() const { return (flags_ & 3) != 0 && !path_only(); }
  [[nodiscard]] bool non_blocking() const { return (flags_ & kOpenNonBlock) != 0; }
  [[nodiscard]] bool appending() const { return (flags_ & kOpenAppend) != 0; }

  // `position` is updated; it is the file's own for read/write, the caller's for
  // pread/pwrite.
  virtual Result<std::size_t> read(IoBuffer& to, std::uint64_t& position);
  virtual Result<std::size_t> write(IoBuffer& from, std::uint64_t& position);
  [[nodiscard]] virtual bool seekable() const { return false; }  // else pread and the like answer ESPIPE
  virtual Result<std::uint64_t> seek(std::int64_t offset, int whence);
  virtual std::uint32_t poll(PollTable* table);
  // Whether it can become ready at all; epoll refuses what cannot.
  [[nodiscard]] virtual bool pollable() const { return true; }
  // Of a block device: what was written is durable.
  virtual Result<void> sync(Hold) { return {}; }
  virtual Result<std::int64_t> ioctl(std::uint32_t request, std::uint64_t argument);
  // getdents: hands out entries from the file's position on.
  virtual Result<void> read_directory(DirectorySink& sink);
  [[nodiscard]] virtual Pipe* pipe() { return nullptr; }
  [[nodiscard]] virtual EpollSet* epoll_set() { return nullptr; }
  [[nodiscard]] virtual SignalFile* signal_file() { return nullptr; }
  [[nodiscard]] virtual TimerFile* timer_file() { return nullptr; }
  [[nodiscard]] virtual InotifyFile* inotify() { return nullptr; }
  [[nodiscard]] virtual PidFile* pid_file() { return nullptr; }
  [[nodiscard]] virtual QueueFile* queue_file() { return nullptr; }
  [[nodiscard]] virtual SocketFile* socket() { return nullptr; }
  [[nodiscard]] virtual IoRing* io_ring() { return nullptr; }
  [[nodiscard]] virtual const NamespaceFile* namespace_file() const { return nullptr; }
  [[nodiscard]] virtual bool is_event_counter() const { return false; }
  // mmap of what is not a regular file. ENODEV where there is nothing to map.
  virtual Result<Ref<Backing>> mapping(std::uint64_t offset, std::uint64_t bytes, bool shared);
  void add_watcher(FileWatcher& watcher);
  void remove_watcher(FileWatcher& watcher);
  // Whether O_ASYNC means something to it.
  [[nodiscard]] virtual bool drives_signals() const { return false; }
  // Each close of a descriptor (not only the last).
  virtual void descriptor_closed() {}
  [[nodiscard]] virtual Ref<Inode> inode() const { return path ? path.node->inode_ref() : Ref<Inode>(nullptr); }

  std::uint64_t position = 0;
  // The name it was opened by; for an object without one, a node of its own that
  // tells /proc/PID/fd/N what to show ("pipe:[7]").
  Path path;
  std::unique_ptr<SignalDriver> signal_driver;  // once somebody asked for signals

 private:
  std::uint32_t flags_;
  FileWatcher* watchers_ = nullptr;
};

// A Path for an object without a name.
Path unnamed_path(std::string_view text, Ref<Inode> inode);

}  // namespace tessera::lx
