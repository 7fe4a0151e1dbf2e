// SPDX-License-Identifier: Apache-2.0
// Sending and receiving on AF_UNIX sockets.
#include <algorithm>

#include "components/linux/process/contract.hpp"
#include "components/linux/socket/endpoint.hpp"
#include "components/linux/socket/wait.hpp"

namespace tessera::lx {
namespace {

constexpr int kSigPipe = 13;

// What a message tells of its sender; a connection tells the effective ones.
SocketIds real_ids() { return {.pid = current_pid(), .uid = current_credentials().uid, .gid = current_credentials().gid}; }

}  // namespace

Result<std::size_t> UnixEndpoint::send(Outgoing& message) {
  if ((message.flags & kMessageOutOfBand) != 0) return fail(Errno::eopnotsupp);
  return kind_ == SocketKind::stream ? send_stream(message) : send_message(message);
}

Result<void> UnixEndpoint::wait_for_send_room(const Outgoing& message) {
  return wait(account_->room, message.non_blocking, send_timeout_ns,
              [this] { return account_->bytes < send_limit_ || shut_write_ || error_ != Errno{}; });
}

void UnixEndpoint::put(Packet packet, Outgoing& message, UnixEndpoint& to) {
  packet.sender = message.ids ? *message.ids : real_ids();
  packet.source = name_;
  packet.rights = std::move(message.rights);
  to.queue_.push_back(std::move(packet));
  to.readable_.wake_all();
}

// The other end is gone or does not read.
Result<std::size_t> UnixEndpoint::broken(const Outgoing& message, std::size_t sent) const {
  if (sent != 0) return sent;
  if ((message.flags & kMessageNoSignal) == 0) signal_current(kSigPipe);
  return fail(Errno::epipe);
}

Result<std::size_t> UnixEndpoint::send_stream(Outgoing& message) {
  if (message.to) return fail(state_ == State::connected ? Errno::eisconn : Errno::eopnotsupp);
  if (!peer_) return fail(Errno::enotconn);
  std::size_t sent = 0;
  while (message.bytes.remaining() != 0) {
    if (shut_write_) return broken(message, sent);
    const auto room = wait_for_send_room(message);
    if (!room) return sent != 0 ? Result<std::size_t>(sent) : fail(room.error());
    if (shut_write_ || !peer_) return broken(message, sent);
    const std::size_t bytes = std::min({message.bytes.remaining(), kChunkBytes, send_limit_ / 2});
    auto packet = Packet::take(message.bytes, bytes, account_);
    if (!packet) return sent != 0 ? Result<std::size_t>(sent) : fail(packet.error());
    put(std::move(*packet), message, *peer_);
    sent += bytes;
  }
  return sent;
}

Result<Ref<UnixEndpoint>> UnixEndpoint::destination(const Outgoing& message) {
  if (kind_ == SocketKind::datagram && message.to) {
    if (message.to->family != kFamilyUnix) return fail(Errno::einval);
    Ref<UnixEndpoint> found = TRY(find_name(message.to->bytes));
    if (found->kind_ != kind_) return fail(Errno::eprototype);
    return found;
  }
  if (!peer_) return fail(Errno::enotconn);
  return peer_;
}

Result<std::size_t> UnixEndpoint::send_message(Outgoing& message) {
  constexpr std::size_t kReserve = 32;
  if (connects() && state_ != State::connected) return fail(Errno::enotconn);
  Ref<UnixEndpoint> to = TRY(destination(message));
  const std::size_t bytes = message.bytes.remaining();
  if (bytes > send_limit_ - kReserve) return fail(Errno::emsgsize);
  TRY(wait_for_send_room(message));
  if (error_ != Errno{}) return fail(take_error());
  if (shut_write_) return fail(Errno::epipe);
  Packet packet = TRY(Packet::take(message.bytes, bytes, account_));
  for (;;) {
    if (to->closed()) {
      if (to == peer_) {
        peer_ = nullptr;
        state_ = State::unconnected;
      }
      return fail(Errno::econnrefused);
    }
    if (kind_ == SocketKind::datagram && to->peer_ && to->peer_.get() != this) return fail(Errno::eperm);
    if (to->shut_read_) return fail(Errno::epipe);
    if (connects() || !to->full_for(*this)) break;
    UnixEndpoint& other = *to;
    TRY(wait(other.room_, message.non_blocking, send_timeout_ns,
             [this, &other] { return other.closed() || other.shut_read_ || !other.full_for(*this); }));
  }
  put(std::move(packet), message, *to);
  return bytes;
}

Result<Incoming> UnixEndpoint::receive(IoBuffer& to, std::uint32_t flags, bool non_blocking) {
  if ((flags & kMessageOutOfBand) != 0) return fail(kind_ == SocketKind::stream ? Errno::einval : Errno::eopnotsupp);
  return kind_ == SocketKind::stream ? receive_stream(to, flags, non_blocking) : receive_message(to, flags, non_blocking);
}

// False: nothing comes any more.
Result<bool> UnixEndpoint::wait_for_packet(bool non_blocking) {
  if (queue_.empty()) {
    if (error_ != Errno{}) return fail(take_error());
    TRY(wait(readable_, non_blocking && !shut_read_, receive_timeout_ns,
             [this] { return !queue_.empty() || shut_read_ || error_ != Errno{}; }));
    if (queue_.empty() && error_ != Errno{}) return fail(take_error());
  }
  return !queue_.empty();
}

void UnixEndpoint::drop_first() {
  std::deque<Packet> done;
  done.push_back(std::move(queue_.front()));
  queue_.pop_front();
  bury(std::move(done));
  room_.wake_all();
}

// Bytes of different senders, when ids are passed, and of messages behind one with
// files are not put together.
Result<Incoming> UnixEndpoint::receive_stream(IoBuffer& to, std::uint32_t flags, bool non_blocking) {
  if (state_ != State::connected) return fail(Errno::einval);
  const bool peek = (flags & kMessagePeek) != 0, all = (flags & kMessageWaitAll) != 0;
  Incoming got;
  std::size_t place = 0;  // of a peek in the queue
  bool first = true;
  while (to.remaining() != 0 || first) {
    if (place >= queue_.size()) {
      if (got.bytes != 0 && (!all || peek)) break;
      const auto more = wait_for_packet(non_blocking);
      if (!more && got.bytes == 0) return fail(more.error());
      if (!more || !*more) break;
    }
    Packet& packet = queue_[place];
    if (!first && passes_ids && packet.sender != got.sender) break;
    got.sender = packet.sender;
    got.source = packet.source;
    first = false;
    const std::size_t bytes = std::min(packet.rest().size(), to.remaining());
    const std::size_t moved = to.put(packet.rest().first(bytes));
    got.bytes += moved;
    if (moved < bytes && got.bytes == 0) return fail(Errno::efault);
    if (bytes == 0 && to.remaining() == 0 && !packet.rest().empty()) break;  // asked for nothing
    const bool with_files = !packet.rights.empty();
    if (with_files) got.files = packet.rights.files();
    if (peek) {
      ++place;
    } else {
      packet.consume(moved);
      if (with_files) packet.rights = Flight();
      if (packet.rest().empty()) drop_first();
    }
    if (with_files || moved < bytes) break;
  }
  got.length = got.bytes;
  return got;
}

Result<Incoming> UnixEndpoint::receive_message(IoBuffer& to, std::uint32_t flags, bool non_blocking) {
  if (kind_ == SocketKind::sequential && state_ != State::connected) return fail(Errno::enotconn);
  Incoming got;
  if (!TRY(wait_for_packet(non_blocking))) return got;
  Packet& packet = queue_.front();
  const std::size_t bytes = std::min(packet.rest().size(), to.remaining());
  got.bytes = to.put(packet.rest().first(bytes));
  if (got.bytes < bytes) {
    if ((flags & kMessagePeek) == 0) drop_first();
    return fail(Errno::efault);
  }
  got.length = packet.rest().size();
  if (got.length > got.bytes) got.flags |= kMessageTruncated;
  if (kind_ == SocketKind::sequential) got.flags |= kMessageEndOfRecord;
  got.sender = packet.sender;
  got.source = packet.source;
  got.files = packet.rights.files();
  if ((flags & kMessagePeek) == 0) drop_first();
  return got;
}

}  // namespace tessera::lx
