// SPDX-License-Identifier: Apache-2.0
#include "lib/service/client.hpp"

#include <utility>

namespace tessera::service {

ClientEnd::ClientEnd(rt::TaskLoop& loop, ring::ChannelClient channel, Peer& peer, unsigned bit)
    : loop_(loop), channel_(std::move(channel)), watch_(peer), bit_(bit) {
  wake_up();  // the server has to see a new client
}

std::expected<ring::Answer, CallFailure> ClientEnd::RawCall::outcome() const {
  if (bad_buffer_) return std::unexpected(CallFailure::bad_buffer);
  if (!result()) return std::unexpected(CallFailure::cancelled);
  return answer_;
}

bool ClientEnd::RawCall::start(std::coroutine_handle<> task, rt::Scope& scope) {
  if (!begin(task, scope)) return false;
  request_.cookie = reinterpret_cast<std::uintptr_t>(this);
  // In order: nobody overtakes those who wait.
  if (client_.channel_.full() || !client_.queue_.empty()) {
    client_.queue_.append(*this);
  } else {
    client_.send(*this);
    client_.wake_up();
  }
  return true;
}

// There is room for it.
void ClientEnd::send(RawCall& call) {
  if (channel_.submit(call.request_)) return;
  call.bad_buffer_ = true;
  call.end();
}

void ClientEnd::note(const std::optional<ring::RingError>& error) {
  if (error == ring::RingError::wrong_protocol) return watch_.note(PeerState::wrong_protocol);
  if (error) return watch_.note(PeerState::bad);
  watch_.note(channel_.open() ? PeerState::open : PeerState::none);
}

// True: there were some.
bool ClientEnd::take_answers() {
  bool any = false;
  for (;;) {
    const auto answer = channel_.take();
    note(answer ? std::nullopt : std::optional(answer.error()));
    if (!answer || !*answer) break;
    any = true;
    ++answers_;
    RawCall& call = *reinterpret_cast<RawCall*>((*answer)->cookie);
    call.answer_ = **answer;
    call.end();
  }
  while (!channel_.full() && !queue_.empty()) send(static_cast<RawCall&>(*queue_.take()));
  return any;
}

void ClientEnd::fail_all() {
  channel_.fail_all();
  wake_up();
}

rt::Task<> ClientEnd::run() {
  for (;;) {
    (void)take_answers();
    watch_.ring(channel_.flush());
    channel_.prepare_sleep();
    bool more = false;
    if (!channel_.idle()) {
      more = take_answers();
      watch_.ring(channel_.flush());
    }
    const rt::WaitResult awoken = more ? rt::WaitResult() : co_await loop_.event(bit_);
    channel_.awake();
    if (!awoken) break;
  }
  channel_.fail_all();
  while (take_answers()) channel_.fail_all();
}

}  // namespace tessera::service
