// SPDX-License-Identifier: Apache-2.0
// System V message queues: msgget, msgsnd, msgrcv, msgctl.
//
// Who cannot go on waits on the queue and looks again after each change.
#include <algorithm>
#include <deque>
#include <limits>
#include <vector>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/ipc/limits.hpp"
#include "components/linux/core/message_memory.hpp"
#include "components/linux/ipc/object.hpp"
#include "components/linux/ipc/table.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/syscall/table.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint32_t kNoWait = 04000, kNoError = 010000, kExcept = 020000, kCopy = 040000;

struct Message {
  std::int64_t type = 0;
  MessageText text;
};

class MessageQueue final : public RefCounted {
 public:
  MessageQueue(std::int32_t number, std::int32_t key, std::uint32_t mode)
      : id(number), permissions(new_permissions(key, mode)) {}
  [[nodiscard]] bool has_room(std::size_t more) const {
    // Empty messages count as well, or there would be no end to them.
    return bytes + more <= most_bytes && messages.size() + 1 <= most_bytes;
  }

  const std::int32_t id;
  IpcPermissions permissions;
  std::deque<Message> messages;
  std::uint64_t bytes = 0, most_bytes = kMostMessageQueueBytes;
  std::int64_t send_time = 0, receive_time = 0, change_time = ipc_time();
  std::int32_t last_sender = 0, last_receiver = 0;
  bool removed = false;
  WaitQueue senders, receivers;
};

IpcTable<MessageQueue>& queues() {
  static auto* all = new IpcTable<MessageQueue>;
  return *all;
}

Result<Ref<MessageQueue>> queue_of(std::int32_t id) {
  MessageQueue* const queue = queues().find(id);
  if (queue == nullptr) return fail(Errno::einval);
  return Ref<MessageQueue>(queue);
}

Result<std::int64_t> make_queue(std::int32_t key, std::uint32_t flags) {
  if (queues().size() >= kMostMessageQueues) return fail(Errno::enospc);
  const auto queue = make_ref<MessageQueue>(queues().next_id(), key, flags);
  queues().add(queue);
  return queue->id;
}

// What msgrcv asks for: msgop(2).
struct Wanted {
  std::int64_t type = 0;
  std::uint32_t flags = 0;

  [[nodiscard]] std::deque<Message>::iterator find(std::deque<Message>& messages) const {
    if ((flags & kCopy) != 0) {  // the type is a place
      const auto place = static_cast<std::uint64_t>(type);
      return place < messages.size() ? messages.begin() + static_cast<std::ptrdiff_t>(place) : messages.end();
    }
    if (type == 0) return messages.begin();
    if (type > 0) {
      const bool except = (flags & kExcept) != 0;
      return std::ranges::find_if(messages, [&](const Message& message) { return (message.type == type) != except; });
    }
    // The lowest type up to the value, and of that the first.
    const std::int64_t most =
        type == std::numeric_limits<std::int64_t>::min() ? std::numeric_limits<std::int64_t>::max() : -type;
    auto lowest = messages.end();
    for (auto message = messages.begin(); message != messages.end(); ++message)
      if (message->type <= most && (lowest == messages.end() || message->type < lowest->type)) lowest = message;
    return lowest;
  }
};

// Sleeps until something changed. EIDRM when the queue is gone.
Result<void> await_change(MessageQueue& queue) {
  const Wake wake = sleep();
  if (queue.removed) return fail(Errno::eidrm);
  return wake == Wake::signal ? fail(Errno::restart_nohand) : Result<void>{};
}

Result<std::int64_t> hand_over(const Message& message, std::uint64_t address, std::uint64_t most) {
  const auto text = std::span(message.text.bytes());
  const auto part = text.first(static_cast<std::size_t>(std::min<std::uint64_t>(text.size(), most)));
  TRY(write_guest(address, message.type));
  TRY(copy_to_guest(address + sizeof message.type, part));
  return static_cast<std::int64_t>(part.size());
}

// struct msqid64_ds.
struct QueueStatus {
  IpcPermissions permissions;
  std::int64_t send_time = 0, receive_time = 0, change_time = 0;
  std::uint64_t bytes = 0, count = 0, most_bytes = 0;
  std::int32_t last_sender = 0, last_receiver = 0;
  std::uint64_t unused1 = 0, unused2 = 0;
};
static_assert(sizeof(QueueStatus) == 120);

QueueStatus status_of(const MessageQueue& queue) {
  return {.permissions = queue.permissions, .send_time = queue.send_time, .receive_time = queue.receive_time,
          .change_time = queue.change_time, .bytes = queue.bytes, .count = queue.messages.size(),
          .most_bytes = queue.most_bytes, .last_sender = queue.last_sender, .last_receiver = queue.last_receiver};
}

// struct msginfo: limits, or for MSG_INFO what is in use.
Result<std::int64_t> tell_limits(std::uint64_t address, bool use) {
  struct {
    std::int32_t pool = static_cast<std::int32_t>(kMostMessageQueues * (kMostMessageQueueBytes / 1024)),
                 map = kMostMessageQueueBytes, most_bytes = kMostMessageBytes, queue_bytes = kMostMessageQueueBytes,
                 queues = kMostMessageQueues, segment_bytes = 16, headers = kMostMessageQueueBytes;
    std::uint16_t segments = 0xffff, padding = 0;
  } limits;
  if (use) {
    std::uint64_t messages = 0, bytes = 0;
    queues().for_each([&](const MessageQueue& queue) {
      messages += queue.messages.size();
      bytes += queue.bytes;
    });
    limits.pool = static_cast<std::int32_t>(queues().size());
    limits.map = static_cast<std::int32_t>(messages);
    limits.headers = static_cast<std::int32_t>(bytes);
  }
  TRY(write_guest(address, limits));
  return queues().last_place();
}

Result<std::int64_t> tell_place(std::int32_t place, std::uint64_t address, bool checked) {
  const MessageQueue* const queue = queues().at(place);
  if (queue == nullptr) return fail(Errno::einval);
  if (checked) TRY(check_ipc_access(queue->permissions, 0444));
  TRY(write_guest(address, status_of(*queue)));
  return queue->id;
}

Result<void> change(MessageQueue& queue, const QueueStatus& wanted) {
  if (wanted.most_bytes > kMostMessageQueueBytes && current_credentials().euid != 0) return fail(Errno::eperm);
  set_permissions(queue.permissions, wanted.permissions);
  queue.most_bytes = wanted.most_bytes;
  queue.change_time = ipc_time();
  // Rights may be gone, and there may be room.
  queue.receivers.wake_all();
  queue.senders.wake_all();
  return {};
}

void remove(MessageQueue& queue) {
  queue.removed = true;
  queue.messages.clear();
  queue.senders.wake_all();
  queue.receivers.wake_all();
  queues().remove(queue);
}

}  // namespace

std::string sysv_messages_text() {
  Text text;
  text << "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      "
          "ctime\n";
  queues().for_each([&](const MessageQueue& queue) {
    put_identity(text, queue.permissions, queue.id);
    (text << "  ").right(queue.bytes, 10) << ' ';
    text.right(queue.messages.size(), 10) << ' ';
    text.right(queue.last_sender, 5) << ' ';
    text.right(queue.last_receiver, 5);
    put_owners(text, queue.permissions);
    for (const std::int64_t time : {queue.send_time, queue.receive_time, queue.change_time})
      (text << ' ').right(time, 10);
    text << '\n';
  });
  return text.take();
}

Result<std::int64_t> sys_msgget(const Arguments& a) {
  const std::int32_t key = int32(a[0]);
  const auto flags = static_cast<std::uint32_t>(a[1]);
  if (key == kIpcPrivate) return make_queue(key, flags);
  const MessageQueue* const found = queues().find_key(key);
  if (found == nullptr) return (flags & kIpcCreate) != 0 ? make_queue(key, flags) : fail(Errno::enoent);
  if ((flags & kIpcCreate) != 0 && (flags & kIpcExclusive) != 0) return fail(Errno::eexist);
  TRY(check_ipc_access(found->permissions, flags));
  return found->id;
}

Result<std::int64_t> sys_msgsnd(const Arguments& a) {
  const std::uint64_t bytes = a[2];
  const auto flags = static_cast<std::uint32_t>(a[3]);
  const auto type = TRY(read_guest<std::int64_t>(a[1]));
  if (bytes > kMostMessageBytes || int32(a[0]) < 0 || type < 1) return fail(Errno::einval);
  Message message{type, TRY(MessageText::read(a[1] + sizeof type, static_cast<std::size_t>(bytes)))};
  const Ref<MessageQueue> queue = TRY(queue_of(int32(a[0])));
  WaitNode node(current_thread(), queue->senders);
  for (;;) {
    TRY(check_ipc_access(queue->permissions, 0222));
    if (queue->has_room(static_cast<std::size_t>(bytes))) break;
    if ((flags & kNoWait) != 0) return fail(Errno::eagain);
    TRY(await_change(*queue));
  }
  queue->last_sender = current_pid();
  queue->send_time = ipc_time();
  queue->bytes += bytes;
  queue->messages.push_back(std::move(message));
  queue->receivers.wake_all();
  return 0;
}

Result<std::int64_t> sys_msgrcv(const Arguments& a) {
  const Wanted wanted{static_cast<std::int64_t>(a[3]), static_cast<std::uint32_t>(a[4])};
  const bool copies = (wanted.flags & kCopy) != 0;
  if (int32(a[0]) < 0 || static_cast<std::int64_t>(a[2]) < 0) return fail(Errno::einval);
  if (copies && ((wanted.flags & kExcept) != 0 || (wanted.flags & kNoWait) == 0)) return fail(Errno::einval);
  const Ref<MessageQueue> queue = TRY(queue_of(int32(a[0])));
  WaitNode node(current_thread(), queue->receivers);
  for (;;) {
    TRY(check_ipc_access(queue->permissions, 0444));
    const auto found = wanted.find(queue->messages);
    if (found == queue->messages.end()) {
      if ((wanted.flags & kNoWait) != 0) return fail(Errno::enomsg);
      TRY(await_change(*queue));
      continue;
    }
    if (found->text.bytes().size() > a[2] && (wanted.flags & kNoError) == 0) return fail(Errno::e2big);
    if (copies) return hand_over(*found, a[1], a[2]);
    const Message message = std::move(*found);
    queue->messages.erase(found);
    queue->bytes -= message.text.bytes().size();
    queue->last_receiver = current_pid();
    queue->receive_time = ipc_time();
    queue->senders.wake_all();
    return hand_over(message, a[1], a[2]);
  }
}

Result<std::int64_t> sys_msgctl(const Arguments& a) {
  enum Command : std::int32_t { kStatPlace = 11, kInfo = 12, kStatAny = 13 };
  const std::int32_t id = int32(a[0]), command = int32(a[1]);
  if (id < 0 || command < 0) return fail(Errno::einval);
  QueueStatus wanted;
  switch (command) {
    case kIpcInfo: case kInfo: return tell_limits(a[2], command == kInfo);
    case kStatPlace: case kStatAny: return tell_place(id, a[2], command == kStatPlace);
    case kIpcSet: wanted = TRY(read_guest<QueueStatus>(a[2])); break;
    case kIpcStat: case kIpcRemove: break;
    default: return fail(Errno::einval);
  }
  const Ref<MessageQueue> queue = TRY(queue_of(id));
  if (command == kIpcStat) {
    TRY(check_ipc_access(queue->permissions, 0444));
    TRY(write_guest(a[2], status_of(*queue)));
    return 0;
  }
  TRY(check_ipc_owner(queue->permissions));
  if (command == kIpcSet) TRY(change(*queue, wanted));
  else remove(*queue);
  return 0;
}

}  // namespace tessera::lx
