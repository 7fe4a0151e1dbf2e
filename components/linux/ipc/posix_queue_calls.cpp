// SPDX-License-Identifier: Apache-2.0
// mq_open, mq_unlink, mq_timedsend, mq_timedreceive, mq_notify, mq_getsetattr.
// SIGEV_THREAD, which libc builds on a netlink socket, is refused with ENOTSOCK or EBADF as for
// any descriptor that is no such socket.
#include <functional>
#include <map>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/permission.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/ipc/limits.hpp"
#include "components/linux/ipc/posix_queue.hpp"
#include "components/linux/ipc/posix_queue_users.hpp"
#include "components/linux/signal/signal.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/convert.hpp"

namespace tessera::lx {

class QueueFile final : public File {
 public:
  QueueFile(Ref<PosixQueue> queue, std::uint32_t flags) : File(flags), queue_(std::move(queue)) {}
  [[nodiscard]] PosixQueue& queue() const { return *queue_; }
  [[nodiscard]] QueueFile* queue_file() override { return this; }
  std::uint32_t poll(PollTable* table) override { return queue_->poll(table); }
  Result<std::size_t> read(IoBuffer& to, std::uint64_t& at) override {
    const QueueNotice& notice = queue_->notice;
    Text text;
    text.left("QSIZE:" + number(static_cast<std::int64_t>(queue_->waiting_bytes())), 16) << ' ';
    text.left("NOTIFY:" + number(notice.pid != 0 && !notice.sends ? 1 : 0), 12) << ' ';
    text.left("SIGNO:" + number(notice.pid != 0 ? notice.signal : 0), 11) << ' ';
    text.left("NOTIFY_PID:" + number(notice.pid), 17) << '\n';
    if (at >= text.view().size()) return 0U;
    const std::size_t done = to.put(std::as_bytes(std::span<const char>(text.view())).subspan(static_cast<std::size_t>(at)));
    if (done == 0 && to.faulted()) return fail(Errno::efault);
    at += done;
    return done;
  }
  [[nodiscard]] bool seekable() const override { return true; }
  [[nodiscard]] Ref<Inode> inode() const override { return queue_->inode; }
  void descriptor_closed() override {
    if (queue_->notice.pid == current_pid()) queue_->notice = {};
  }

 private:
  static std::string number(std::int64_t value) {
    Text text;
    text << value;
    return text.take();
  }
  Ref<PosixQueue> queue_;
};

namespace {

using Names = std::map<std::string, Ref<PosixQueue>, std::less<>>;
Names& names() {
  static auto* all = new Names;
  return *all;
}
std::map<std::uint32_t, std::uint64_t>& charges() {
  static auto* all = new std::map<std::uint32_t, std::uint64_t>;
  return *all;
}

using NameBuffer = std::array<char, 4096>;
Result<std::string_view> name_argument(NameBuffer& buffer, std::uint64_t address) {
  const std::string_view name = TRY(string_from_guest(buffer, address));
  if (name.empty()) return fail(Errno::enoent);
  if (name == "." || name == ".." || name.find('/') != name.npos) return fail(Errno::eacces);
  if (name.size() > 255) return fail(Errno::enametoolong);
  return name;
}

// What a new queue's creator asks for, or the default.
Result<Ref<PosixQueue>> make_queue(const QueueAttributes* wanted, std::uint32_t mode) {
  const bool privileged = current_credentials().euid == 0;
  if (names().size() >= kMostPosixQueues && !privileged) return fail(Errno::enospc);
  std::int64_t messages = kPosixMessages, bytes = kPosixMessageBytes;
  if (wanted != nullptr) {
    messages = wanted->most_messages;
    bytes = wanted->message_bytes;
    if (messages <= 0 || bytes <= 0) return fail(Errno::einval);
    const auto beyond = [&](std::int64_t value, std::uint64_t common, std::uint64_t root) {
      return static_cast<std::uint64_t>(value) > (privileged ? root : common);
    };
    if (beyond(messages, kPosixMessages, kMostPosixMessages)) return fail(Errno::einval);
    if (beyond(bytes, kPosixMessageBytes, kMostPosixMessageBytes)) return fail(Errno::einval);
  }
  TRY(charge_queue(current_credentials().uid, PosixQueue::cost(messages, bytes)));
  return make_ref<PosixQueue>(mode & ~current_fs().umask, messages, bytes);
}

Result<Ref<PosixQueue>> find_or_make(std::string_view name, std::uint32_t flags, std::uint32_t mode,
                                     const QueueAttributes* wanted) {
  const auto found = names().find(name);
  if (found == names().end()) {
    if ((flags & kOpenCreate) == 0) return fail(Errno::enoent);
    Ref<PosixQueue> made = TRY(make_queue(wanted, mode));
    names().emplace(std::string(name), made);
    return made;
  }
  if ((flags & (kOpenCreate | kOpenExclusive)) == (kOpenCreate | kOpenExclusive)) return fail(Errno::eexist);
  std::uint32_t access = 0;
  switch (flags & kOpenAccessMask) {
    case kOpenReadOnly: access = kMayRead; break;
    case kOpenWriteOnly: access = kMayWrite; break;
    case kOpenReadWrite: access = kMayRead | kMayWrite; break;
    default: return fail(Errno::einval);
  }
  TRY(check_access(current_credentials(), *found->second->inode, access));
  return found->second;
}

Result<Ref<File>> queue_at(std::uint64_t descriptor) {
  Ref<File> file = TRY(file_at(descriptor));
  if (file->queue_file() == nullptr) return fail(Errno::ebadf);
  return file;
}

// By the wall clock.
Result<std::uint64_t> deadline_of(std::uint64_t address) {
  if (address == 0) return kNoDeadline;
  const auto read = TRY(read_guest<GuestTimespec>(address));
  const std::uint64_t time = TRY(ns_of(read));
  const std::uint64_t offset = clock_scale.realtime_offset_ns;
  return time > offset ? time - offset : 1;
}

}  // namespace

Result<void> charge_queue(std::uint32_t uid, std::uint64_t bytes) {
  constexpr unsigned kLimitMessages = 12;  // RLIMIT_MSGQUEUE
  const auto found = charges().find(uid);
  const std::uint64_t used = found == charges().end() ? 0 : found->second;
  if (used + bytes < used || used + bytes > current_limit(kLimitMessages)) return fail(Errno::emfile);
  charges()[uid] = used + bytes;
  return {};
}

void uncharge_queue(std::uint32_t uid, std::uint64_t bytes) {
  const auto found = charges().find(uid);
  if ((found->second -= bytes) == 0) charges().erase(found);
}

Result<std::int64_t> sys_mq_open(const Arguments& a) {
  const std::uint32_t flags = low32(a[1]);
  QueueAttributes wanted;
  if (a[3] != 0) wanted = TRY(read_guest<QueueAttributes>(a[3]));
  [[clang::uninitialized]] NameBuffer buffer;
  const std::string_view name = TRY(name_argument(buffer, a[0]));
  TRY(current_files().check_room());
  Ref<PosixQueue> queue = TRY(find_or_make(name, flags, low32(a[2]), a[3] != 0 ? &wanted : nullptr));
  Text path;
  path << '/' << name;
  auto file = make_ref<QueueFile>(queue, flags & (kOpenAccessMask | kOpenNonBlock));
  file->path = unnamed_path(path.view(), queue->inode);
  return TRY(current_files().install(std::move(file), true));
}

Result<std::int64_t> sys_mq_unlink(const Arguments& a) {
  [[clang::uninitialized]] NameBuffer buffer;
  const std::string_view name = TRY(name_argument(buffer, a[0]));
  const auto found = names().find(name);
  if (found == names().end()) return fail(Errno::enoent);
  // As from a sticky directory of root's.
  if (!owns(current_credentials(), *found->second->inode)) return fail(Errno::eperm);
  found->second->inode->attributes.links = 0;
  names().erase(found);
  return 0;
}

Result<std::int64_t> sys_mq_timedsend(const Arguments& a) {
  constexpr std::uint32_t kPriorities = 32768;
  const std::uint64_t deadline = TRY(deadline_of(a[4]));
  if (low32(a[3]) >= kPriorities) return fail(Errno::einval);
  const Ref<File> file = TRY(queue_at(a[0]));
  if (!file->writable()) return fail(Errno::ebadf);
  TRY(file->queue_file()->queue().send(a[1], a[2], low32(a[3]), file->non_blocking(), deadline));
  return 0;
}

Result<std::int64_t> sys_mq_timedreceive(const Arguments& a) {
  const std::uint64_t deadline = TRY(deadline_of(a[4]));
  const Ref<File> file = TRY(queue_at(a[0]));
  if (!file->readable()) return fail(Errno::ebadf);
  return file->queue_file()->queue().receive(a[1], a[2], a[3], file->non_blocking(), deadline);
}

Result<std::int64_t> sys_mq_notify(const Arguments& a) {
  struct SignalEvent {  // the part of struct sigevent that is used
    std::uint64_t value = 0;
    std::int32_t signal = 0, kind = 0;
  } event;
  constexpr std::int32_t kSignal = 0, kNone = 1, kThread = 2;
  if (a[1] != 0) {
    event = TRY(read_guest<SignalEvent>(a[1]));
    if (event.kind != kSignal && event.kind != kNone && event.kind != kThread) return fail(Errno::einval);
    if (event.kind == kSignal && (event.signal < 0 || event.signal > kSignalCount)) return fail(Errno::einval);
    if (event.kind == kThread) {
      TRY(file_at(static_cast<std::uint32_t>(event.signal)));
      return fail(Errno::enotsock);
    }
  }
  const Ref<File> file = TRY(queue_at(a[0]));
  QueueNotice& notice = file->queue_file()->queue().notice;
  if (a[1] == 0) {
    if (notice.pid == current_pid()) notice = {};
    return 0;
  }
  if (notice.pid != 0) return fail(Errno::ebusy);
  notice = {.pid = current_pid(), .signal = event.kind == kSignal ? event.signal : 0, .sends = event.kind == kSignal,
            .value = event.value};
  return 0;
}

Result<std::int64_t> sys_mq_getsetattr(const Arguments& a) {
  QueueAttributes wanted;
  if (a[1] != 0) {
    wanted = TRY(read_guest<QueueAttributes>(a[1]));
    if ((wanted.flags & ~std::int64_t{kOpenNonBlock}) != 0) return fail(Errno::einval);
  }
  const Ref<File> file = TRY(queue_at(a[0]));
  QueueAttributes old = file->queue_file()->queue().attributes();
  old.flags = file->flags() & kOpenNonBlock;
  if (a[1] != 0) file->set_flags((file->flags() & ~kOpenNonBlock) | static_cast<std::uint32_t>(wanted.flags));
  if (a[2] != 0) TRY(write_guest(a[2], old));
  return 0;
}

}  // namespace tessera::lx
