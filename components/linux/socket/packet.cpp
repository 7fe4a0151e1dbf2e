// SPDX-License-Identifier: Apache-2.0
#include "components/linux/socket/packet.hpp"

namespace tessera::lx {

Packet::Packet(MessageText text, Ref<SendAccount> account) : text_(std::move(text)), account_(std::move(account)) {
  account_->bytes += size() + kOverhead;
}

Packet::~Packet() {
  if (!account_) return;
  account_->bytes -= size() + kOverhead;
  account_->room.wake_all();
}

Result<Packet> Packet::take(IoBuffer& from, std::size_t bytes, Ref<SendAccount> account) {
  auto text = MessageText::take(from, bytes);
  if (!text) return fail(text.error() == Errno::enomem ? Errno::enobufs : text.error());
  return Packet(std::move(*text), std::move(account));
}

}  // namespace tessera::lx
