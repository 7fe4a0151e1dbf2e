// SPDX-License-Identifier: Apache-2.0
// The server's end of a channel for tasks. A handler has a function for each request of the protocol:
//
//   rt::Task<service::Outcome<block::ReadRequest>> handle(const block::ReadRequest& request, service::Asked asked);
//
// Each request is a task of its own, as many at a time as the channel has entries; what is answered
// within one turn of the executor goes out together, with one doorbell. Answers come in any order.
//
// A client that breaks the rules, or whose requests are none of the protocol's, is not served any more
// until it is another instance. A new client waits until all tasks of the last one's requests ended:
// they may still be at work on its buffers.
//
// One thread. A request allocates nothing but two frames of the FramePool, if they are of its sizes.
#pragma once

#include <expected>
#include <utility>

#include "lib/ring/protocol.hpp"
#include "lib/rt/scope.hpp"
#include "lib/rt/task_loop.hpp"
#include "lib/service/client.hpp"
#include "lib/service/peer.hpp"

namespace tessera::service {

template <ring::TypedRequest R>
using Outcome = std::expected<Answered<R>, typename R::Status>;

// What is the same for all protocols.
class ServerEnd {
 public:
  // `bit`: the event of the loop that the client's doorbell raises; the server's alone.
  ServerEnd(rt::TaskLoop& loop, ring::ChannelServer channel, Peer& peer, unsigned bit);
  ServerEnd(const ServerEnd&) = delete;
  ServerEnd& operator=(const ServerEnd&) = delete;

  // Serves until cancelled; then the requests' tasks are told, and their end is waited for.
  rt::Task<> run();

  [[nodiscard]] const ring::Pools& pools() const { return channel_.pools(); }
  [[nodiscard]] PeerState state() const { return watch_.state(); }
  // Requests whose tasks have not ended.
  [[nodiscard]] std::size_t running() const { return requests_.running(); }

 protected:
  ~ServerEnd() = default;

  // Starts the task of a request. False: it is none of the protocol's.
  virtual bool begin(const ring::Work& work) = 0;
  void spawn(rt::Task<> task) { requests_.spawn(std::move(task)); }
  void complete(ring::Ticket ticket, const ring::Result& result);

 private:
  friend class Asked;

  [[nodiscard]] bool serve();
  [[nodiscard]] bool serve_late();
  void wake_up() { loop_.deliver(std::uint64_t{1} << bit_); }

  rt::TaskLoop& loop_;
  ring::ChannelServer channel_;
  PeerWatch watch_;
  unsigned bit_;
  rt::Scope requests_;
};

// A request's data and where it comes from.
class Asked {
 public:
  Asked(ServerEnd& server, const ring::Work& work) : server_(server), work_(work) {}

  [[nodiscard]] std::uint16_t flags() const { return work_.flags; }
  // Another number for each session of the channel.
  [[nodiscard]] std::uint32_t session() const { return work_.ticket.epoch; }
  // The buffer of an operation that has no pieces: the client may write to it at any time.
  [[nodiscard]] std::span<std::byte> memory() const { return work_.memory; }
  // Where the data of one that may have pieces lies. False: the client is gone or breaks the rules, and
  // nobody wants an answer.
  [[nodiscard]] bool pieces(ring::PieceList& into) { return server_.channel_.read_pieces(work_, into); }
  [[nodiscard]] const ring::Pools& pools() const { return server_.pools(); }

 private:
  ServerEnd& server_;
  ring::Work work_;
};

template <typename Protocol, typename Handler>
class Server final : public ServerEnd {
 public:
  Server(rt::TaskLoop& loop, ring::ChannelServer channel, Peer& peer, unsigned bit, Handler& handler)
      : ServerEnd(loop, std::move(channel), peer, bit), handler_(handler) {}

 private:
  bool begin(const ring::Work& work) override {
    return ring::decode<Protocol>(work, [&](const auto& request) { spawn(answer(request, work)); });
  }

  template <ring::TypedRequest R>
  rt::Task<> answer(R request, ring::Work work) {
    const Outcome<R> outcome = co_await handler_.handle(request, Asked(*this, work));
    if (outcome) complete(work.ticket, {.bytes = outcome->bytes, .values = outcome->results.words()});
    else complete(work.ticket, {.status = static_cast<std::uint32_t>(outcome.error())});
  }

  Handler& handler_;
};

}  // namespace tessera::service
