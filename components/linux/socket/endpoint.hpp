// SPDX-License-Identifier: Apache-2.0
// One end of AF_UNIX communication: unix(7). It outlives its open file as long as
// a peer still asks about it. A pair of connected ends refer to each other; each
// gives its reference up when its file ends.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "components/linux/core/io_buffer.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/fs/file.hpp"
#include "components/linux/socket/name.hpp"
#include "components/linux/socket/packet.hpp"

namespace tessera::lx {

class SocketFile;

enum class SocketKind : std::uint8_t { stream = 1, datagram = 2, sequential = 5 };

// MSG_* of send and recv.
inline constexpr std::uint32_t kMessageOutOfBand = 1, kMessagePeek = 2, kMessageControlTruncated = 8,
                               kMessageTruncated = 0x20, kMessageDontWait = 0x40, kMessageEndOfRecord = 0x80,
                               kMessageWaitAll = 0x100, kMessageNoSignal = 0x4000, kMessageWaitForOne = 0x10000,
                               kMessageCloseOnExec = 0x4000'0000;

// Of one send.
struct Outgoing {
  IoBuffer& bytes;
  std::uint32_t flags = 0;
  bool non_blocking = false;
  std::optional<UnixAddress> to{};
  std::optional<SocketIds> ids{};  // else the sender's own
  Flight rights{};
};

// Of one receive, besides the bytes.
struct Incoming {
  std::size_t bytes = 0;    // moved
  std::size_t length = 0;   // of the message; a stream's is what was moved
  std::uint32_t flags = 0;  // MSG_TRUNC
  SocketIds sender;
  Ref<UnixName> source;
  std::vector<Ref<File>> files;
};

class UnixEndpoint final : public RefCounted {
 public:
  explicit UnixEndpoint(SocketKind kind);
  ~UnixEndpoint() override;
  static const std::vector<UnixEndpoint*>& all();

  static void connect_pair(UnixEndpoint& one, UnixEndpoint& other);
  Result<void> bind(const std::string& name);
  Result<void> listen(std::int32_t backlog);
  Result<void> connect(const UnixAddress& to, bool non_blocking);
  // The other end of the connection that waits longest.
  Result<Ref<UnixEndpoint>> accept(bool non_blocking);
  Result<void> shut_down(bool reading, bool writing);
  // Its open file ended.
  void close();

  Result<std::size_t> send(Outgoing& message);
  Result<Incoming> receive(IoBuffer& to, std::uint32_t flags, bool non_blocking);
  std::uint32_t poll(PollTable* table);

  [[nodiscard]] SocketKind kind() const { return kind_; }
  [[nodiscard]] bool listening() const { return state_ == State::listening; }
  [[nodiscard]] bool connected() const { return state_ == State::connected; }
  [[nodiscard]] bool closed() const { return state_ == State::closed; }
  [[nodiscard]] const UnixName* name() const { return name_.get(); }
  // ENOTCONN.
  [[nodiscard]] Result<Ref<UnixEndpoint>> peer() const;
  [[nodiscard]] const SocketIds& peer_ids() const { return peer_ids_; }
  [[nodiscard]] std::size_t unread_bytes() const;
  [[nodiscard]] std::size_t unsent_bytes() const { return account_->bytes; }
  [[nodiscard]] std::size_t send_limit() const { return send_limit_; }
  void set_send_limit(std::size_t bytes);
  Errno take_error() { return std::exchange(error_, Errno{}); }

  // For the collector of unreachable sockets, and /proc.
  [[nodiscard]] const std::deque<Packet>& queue() const { return queue_; }
  [[nodiscard]] const std::deque<Ref<UnixEndpoint>>& backlog() const { return backlog_; }
  void give_up_queues(std::deque<Packet>& to);

  SocketFile* file = nullptr;  // null: not accepted yet, or ended
  std::uint32_t in_flight = 0;
  bool unreachable = false;  // scratch of the collector
  bool passes_ids = false;   // SO_PASSCRED
  std::uint64_t receive_timeout_ns = 0, send_timeout_ns = 0;  // 0: none
  std::int32_t receive_limit = 212992;
  std::uint64_t options_without_effect = 0;  // bit n: option n is set

 private:
  enum class State : std::uint8_t { unconnected, listening, connected, closed };
  static constexpr std::size_t kMostWaitingDatagrams = 10;  // net.unix.max_dgram_qlen
  static constexpr std::size_t kChunkBytes = 32 << 10;

  [[nodiscard]] bool connects() const { return kind_ != SocketKind::datagram; }
  // Room in a queue that several may send to; the pair of a pair is not counted.
  [[nodiscard]] bool full_for(const UnixEndpoint& sender) const {
    return queue_.size() > kMostWaitingDatagrams && peer_.get() != &sender;
  }
  Result<void> connect_stream(const UnixAddress& to, bool non_blocking);
  Result<void> connect_datagram(const UnixAddress& to);
  void hang_up(bool reset);
  template <typename Ready>
  Result<void> wait(WaitQueue& queue, bool non_blocking, std::uint64_t timeout_ns, Ready ready);
  Result<void> wait_for_send_room(const Outgoing& message);
  Result<std::size_t> send_stream(Outgoing& message);
  Result<std::size_t> send_message(Outgoing& message);
  Result<Ref<UnixEndpoint>> destination(const Outgoing& message);
  void put(Packet packet, Outgoing& message, UnixEndpoint& to);
  Result<std::size_t> broken(const Outgoing& message, std::size_t sent) const;
  Result<bool> wait_for_packet(bool non_blocking);
  Result<Incoming> receive_stream(IoBuffer& to, std::uint32_t flags, bool non_blocking);
  Result<Incoming> receive_message(IoBuffer& to, std::uint32_t flags, bool non_blocking);
  void drop_first();

  const SocketKind kind_;
  State state_ = State::unconnected;
  Errno error_{};
  bool shut_read_ = false, shut_write_ = false;
  Ref<UnixName> name_;
  Ref<UnixEndpoint> peer_;
  SocketIds peer_ids_, own_ids_;  // own: of who listens
  std::deque<Packet> queue_;
  std::deque<Ref<UnixEndpoint>> backlog_;
  std::size_t most_backlog_ = 0;
  std::size_t send_limit_ = 212992;
  Ref<SendAccount> account_;
  WaitQueue readable_, room_;  // room: in the queue or the backlog
};

}  // namespace tessera::lx
