// SPDX-License-Identifier: Apache-2.0
// A POSIX message queue: messages by priority, oldest first among equals;
// mq_overview(7). Named in a table of its own until it is unlinked; it lives as
// long as a name or a descriptor leads to it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/core/message_memory.hpp"

namespace tessera::lx {

// struct mq_attr.
struct QueueAttributes {
  std::int64_t flags = 0, most_messages = 0, message_bytes = 0, messages = 0;
  std::array<std::int64_t, 4> reserved{};
};
static_assert(sizeof(QueueAttributes) == 64);

// What mq_notify asked for.
struct QueueNotice {
  std::int32_t pid = 0;  // 0: nobody asked
  std::int32_t signal = 0;
  bool sends = false;  // SIGEV_SIGNAL, not SIGEV_NONE
  std::uint64_t value = 0;
};

class PosixQueue final : public RefCounted {
 public:
  // Its memory is charged to the user by who calls (posix_queue_table).
  PosixQueue(std::uint32_t mode, std::int64_t most_messages, std::int64_t message_bytes);
  ~PosixQueue() override;

  // Both wait until `deadline_ns`, or answer EAGAIN. EMSGSIZE, ETIMEDOUT.
  Result<void> send(std::uint64_t address, std::uint64_t bytes, std::uint32_t priority, bool non_blocking,
                    std::uint64_t deadline_ns);
  Result<std::int64_t> receive(std::uint64_t address, std::uint64_t room, std::uint64_t priority_address,
                               bool non_blocking, std::uint64_t deadline_ns);
  std::uint32_t poll(PollTable* table);
  [[nodiscard]] QueueAttributes attributes() const;
  [[nodiscard]] std::uint64_t waiting_bytes() const { return waiting_bytes_; }
  // What a queue of this form costs its user (RLIMIT_MSGQUEUE).
  static std::uint64_t cost(std::int64_t most_messages, std::int64_t message_bytes);

  const Ref<Inode> inode;  // who may do what with it
  QueueNotice notice;

 private:
  void tell_arrival();

  const std::int64_t most_messages_, message_bytes_;
  const std::uint32_t owner_;
  std::multimap<std::uint32_t, MessageText, std::greater<>> messages_;
  std::uint64_t waiting_bytes_ = 0;
  std::uint32_t waiting_receivers_ = 0;
  WaitQueue senders_, receivers_;
};

}  // namespace tessera::lx
