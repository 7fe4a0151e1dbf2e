// SPDX-License-Identifier: Apache-2.0
// What an open file answers that does not have an operation.
#include "components/linux/fs/file.hpp"

#include "components/linux/fs/lease.hpp"
#include "components/linux/fs/locks.hpp"
#include "components/linux/fs/notify.hpp"
#include "components/linux/fs/signal_driver.hpp"
#include "components/linux/memory/backing.hpp"

namespace tessera::lx {

File::File(std::uint32_t flags)
    : flags_(flags & ~(kOpenCreate | kOpenExclusive | kOpenNoTerminal | kOpenTruncate | kOpenCloseOnExec)) {}

File::~File() {
  while (watchers_ != nullptr) {
    FileWatcher& watcher = *watchers_;
    watchers_ = watcher.next_watcher_;
    watcher.file_gone();
  }
  if (!path_only()) notify(*this, writable() ? kNotifyCloseWrite : kNotifyCloseOther);
  if (path && path.inode().leases) path.inode().leases->forget(*this);
  if (path && path.inode().locks) path.inode().locks->release_open_file(*this);
}

void File::add_watcher(FileWatcher& watcher) {
  watcher.next_watcher_ = watchers_;
  watchers_ = &watcher;
}

void File::remove_watcher(FileWatcher& watcher) {
  for (FileWatcher** place = &watchers_; *place != nullptr; place = &(*place)->next_watcher_) {
    if (*place != &watcher) continue;
    *place = watcher.next_watcher_;
    return;
  }
}

Result<std::size_t> File::read(IoBuffer&, std::uint64_t&) { return fail(Errno::einval); }
Result<std::size_t> File::write(IoBuffer&, std::uint64_t&) { return fail(Errno::einval); }
Result<std::uint64_t> File::seek(std::int64_t, int) { return fail(Errno::espipe); }
std::uint32_t File::poll(PollTable*) { return kPollIn | kPollOut | kPollReadNormal | kPollWriteNormal; }
Result<std::int64_t> File::ioctl(std::uint32_t, std::uint64_t) { return fail(Errno::enotty); }
Result<Ref<Backing>> File::mapping(std::uint64_t, std::uint64_t, bool) { return fail(Errno::enodev); }
Result<void> File::read_directory(DirectorySink&) { return fail(Errno::enotdir); }

Path unnamed_path(std::string_view text, Ref<Inode> inode) {
  return Path{nullptr, make_ref<PathNode>(nullptr, text, std::move(inode))};
}

}  // namespace tessera::lx
