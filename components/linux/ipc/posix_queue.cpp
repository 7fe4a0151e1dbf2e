// SPDX-License-Identifier: Apache-2.0
#include "components/linux/ipc/posix_queue.hpp"

#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/fs/file_system.hpp"
#include "components/linux/ipc/posix_queue_users.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/signal/send.hpp"

namespace tessera::lx {

namespace {

Ref<Inode> queue_inode(std::uint32_t mode) {
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  const Credentials& who = current_credentials();
  inode->attributes.mode = kRegular | (mode & 0777);
  inode->attributes.uid = who.fsuid;
  inode->attributes.gid = who.fsgid;
  inode->attributes.size = 80;  // of what read tells
  inode->attributes.accessed = inode->attributes.modified = inode->attributes.changed = current_time();
  return inode;
}

Errno ended_by(Wake wake) { return wake == Wake::signal ? Errno::restart_sys : Errno::etimedout; }

}  // namespace

std::uint64_t PosixQueue::cost(std::int64_t most_messages, std::int64_t message_bytes) {
  // What Linux counts a message's head and a priority's node with.
  constexpr std::uint64_t kHeadBytes = 48, kNodeBytes = 48, kMostPriorities = 32768;
  const auto count = static_cast<std::uint64_t>(most_messages);
  return count * (kHeadBytes + static_cast<std::uint64_t>(message_bytes)) + std::min(count, kMostPriorities) * kNodeBytes;
}

PosixQueue::PosixQueue(std::uint32_t mode, std::int64_t most_messages, std::int64_t message_bytes)
    : inode(queue_inode(mode)), most_messages_(most_messages), message_bytes_(message_bytes),
      owner_(current_credentials().uid) {}

PosixQueue::~PosixQueue() { uncharge_queue(owner_, cost(most_messages_, message_bytes_)); }

Result<void> PosixQueue::send(std::uint64_t address, std::uint64_t bytes, std::uint32_t priority, bool non_blocking,
                              std::uint64_t deadline_ns) {
  if (bytes > static_cast<std::uint64_t>(message_bytes_)) return fail(Errno::emsgsize);
  MessageText text = TRY(MessageText::read(address, static_cast<std::size_t>(bytes)));
  const auto full = [&] { return messages_.size() >= static_cast<std::size_t>(most_messages_); };
  if (full()) {
    if (non_blocking) return fail(Errno::eagain);
    WaitNode node(current_thread(), senders_);
    while (full())
      if (const Wake wake = sleep(deadline_ns); wake != Wake::woken && full()) return fail(ended_by(wake));
  }
  const bool was_empty = messages_.empty();
  // Behind those of the same priority.
  messages_.emplace(priority, std::move(text));
  waiting_bytes_ += bytes;
  inode->attributes.modified = inode->attributes.changed = current_time();
  // A receiver that waits comes before who wants to be told.
  if (was_empty && waiting_receivers_ == 0) tell_arrival();
  receivers_.wake_all();
  return {};
}

Result<std::int64_t> PosixQueue::receive(std::uint64_t address, std::uint64_t room, std::uint64_t priority_address,
                                         bool non_blocking, std::uint64_t deadline_ns) {
  if (room < static_cast<std::uint64_t>(message_bytes_)) return fail(Errno::emsgsize);
  if (messages_.empty()) {
    if (non_blocking) return fail(Errno::eagain);
    WaitNode node(current_thread(), receivers_);
    while (messages_.empty()) {
      ++waiting_receivers_;
      const Wake wake = sleep(deadline_ns);
      --waiting_receivers_;
      if (wake != Wake::woken && messages_.empty()) return fail(ended_by(wake));
    }
  }
  const auto first = messages_.begin();
  const std::uint32_t priority = first->first;
  const MessageText text = std::move(first->second);
  messages_.erase(first);
  waiting_bytes_ -= text.bytes().size();
  inode->attributes.accessed = current_time();
  senders_.wake_all();
  if (priority_address != 0) TRY(write_guest(priority_address, priority));
  TRY(copy_to_guest(address, text.bytes()));
  return static_cast<std::int64_t>(text.bytes().size());
}

std::uint32_t PosixQueue::poll(PollTable* table) {
  if (table != nullptr) {
    table->add(receivers_);
    table->add(senders_);
  }
  const bool full = messages_.size() >= static_cast<std::size_t>(most_messages_);
  return (messages_.empty() ? 0 : kPollIn | kPollReadNormal) | (full ? 0 : kPollOut | kPollWriteNormal);
}

QueueAttributes PosixQueue::attributes() const {
  return {.most_messages = most_messages_, .message_bytes = message_bytes_,
          .messages = static_cast<std::int64_t>(messages_.size())};
}

// Once; who wants to be told again asks again.
void PosixQueue::tell_arrival() {
  constexpr std::int32_t kCodeMessage = -3;  // SI_MESGQ
  const QueueNotice told = std::exchange(notice, {});
  if (told.pid == 0 || !told.sends || told.signal == 0) return;
  if (Process* const process = registry().process(told.pid); process != nullptr)
    (void)send_to_process(*process, SignalInfo::from(told.signal, kCodeMessage, current_pid(), current_credentials().uid,
                                                     told.value));
}

}  // namespace tessera::lx
