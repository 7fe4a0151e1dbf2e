// SPDX-License-Identifier: Apache-2.0
#include "lib/service/server.hpp"

namespace tessera::service {

ServerEnd::ServerEnd(rt::TaskLoop& loop, ring::ChannelServer channel, Peer& peer, unsigned bit)
    : loop_(loop), channel_(std::move(channel)), watch_(peer), bit_(bit), requests_(loop) {
  wake_up();  // the client has to see a new server
}

void ServerEnd::complete(ring::Ticket ticket, const ring::Result& result) {
  (void)channel_.complete(ticket, result);
  wake_up();  // to tell of it, or to accept a new client
}

// All that there is now. True: there may be more.
bool ServerEnd::serve() {
  switch (channel_.look()) {
    case ring::Session::State::waiting: watch_.note(PeerState::none); return false;
    case ring::Session::State::wrong_protocol: watch_.note(PeerState::wrong_protocol); return false;
    case ring::Session::State::new_peer:
      watch_.note(PeerState::none);
      if (requests_.running() != 0) return false;
      channel_.accept();
      return true;
    case ring::Session::State::open: break;
  }
  for (std::uint32_t left = channel_.entries(); left > 0; --left) {
    const auto work = channel_.take();
    watch_.note(work ? PeerState::open : PeerState::bad);
    if (!work || !*work) return false;
    if (!begin(**work)) channel_.refuse_client();
  }
  return true;
}

// After prepare_sleep(): what came in meanwhile. True: the client may not ring for what comes next.
bool ServerEnd::serve_late() {
  const std::size_t before = channel_.outstanding();
  const bool more = serve();
  watch_.ring(channel_.flush());
  return more || channel_.outstanding() != before;
}

rt::Task<> ServerEnd::run() {
  for (;;) {
    bool more = serve();
    watch_.ring(channel_.flush());
    if (!more) {
      channel_.prepare_sleep();
      if (!channel_.idle()) more = serve_late();
    }
    // Others go on first where there is more, however much a client asks for.
    const rt::WaitResult awoken = more ? co_await rt::TaskLoop::turn() : co_await loop_.event(bit_);
    channel_.awake();
    if (!awoken) break;
  }
  requests_.cancel();
  co_await requests_.join();
}

}  // namespace tessera::service
