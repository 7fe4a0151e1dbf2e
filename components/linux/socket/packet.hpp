// SPDX-License-Identifier: Apache-2.0
// A message, or a piece of a stream, in a receiver's queue.
#pragma once

#include <cstdint>
#include <span>

#include "components/linux/core/message_memory.hpp"
#include "components/linux/core/wait.hpp"
#include "components/linux/socket/flight.hpp"
#include "components/linux/socket/name.hpp"

namespace tessera::lx {

// What a socket has sent and nobody has received yet (SO_SNDBUF).
class SendAccount final : public RefCounted {
 public:
  std::size_t bytes = 0;
  WaitQueue room;
};

// struct ucred.
struct SocketIds {
  std::int32_t pid = 0;
  std::uint32_t uid = ~0U, gid = ~0U;
  bool operator==(const SocketIds&) const = default;
};

class Packet {
 public:
  // What a packet costs besides its bytes.
  static constexpr std::size_t kOverhead = 256;

  // Takes bytes from the sender's memory. ENOBUFS, EFAULT.
  static Result<Packet> take(IoBuffer& from, std::size_t bytes, Ref<SendAccount> account);
  Packet(Packet&&) noexcept = default;
  Packet& operator=(Packet&&) = delete;
  ~Packet();

  [[nodiscard]] std::span<const std::byte> rest() const { return std::span(text_.bytes()).subspan(consumed_); }
  [[nodiscard]] std::size_t size() const { return text_.bytes().size(); }
  void consume(std::size_t bytes) { consumed_ += bytes; }

  SocketIds sender;
  Ref<UnixName> source;
  Flight rights;

 private:
  Packet(MessageText text, Ref<SendAccount> account);
  MessageText text_;
  std::size_t consumed_ = 0;
  Ref<SendAccount> account_;  // null once moved from
};

}  // namespace tessera::lx
