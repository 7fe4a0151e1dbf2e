// SPDX-License-Identifier: Apache-2.0
// A client and a server of the block protocol, each of which may vanish and come again.
#pragma once

#include <abi/protocols/block.hpp>
#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "lib/service/client.hpp"
#include "lib/service/server.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/lib/rt/life_loop.hpp"

namespace tessera::test {

using namespace protocol::block;
using rt::Scope;
using rt::Task;
using service::Asked;
using service::CallFailure;
using service::Outcome;
using service::PeerState;

inline constexpr std::uint32_t kSmall = 8;  // entries

struct alignas(4096) Region {
  std::array<std::byte, 65536> bytes{};
};

// Rings by event 0 of the other's loop; counts.
struct LoopPeer final : service::Peer {
  void ring() override {
    ++rings;
    if (loop != nullptr) loop->deliver(1);
  }
  void changed(PeerState state) override { states.push_back(state); }

  rt::TaskLoop* loop = nullptr;
  unsigned rings = 0;
  std::vector<PeerState> states;
};

// A disk whose sectors' first word is their offset. Answers when the time comes.
struct Disk {
  explicit Disk(rt::TaskLoop& own) : loop(own) {}

  rt::TaskLoop& loop;
  std::uint64_t delay = 0;  // of the next request
  std::size_t at_work = 0, most_at_work = 0, done = 0;

  Task<> work() {
    most_at_work = std::max(most_at_work, ++at_work);
    if (delay != 0) (void)co_await loop.sleep_until(delay);
    --at_work;
    ++done;
  }
  Task<Outcome<FactsRequest>> handle(const FactsRequest&, Asked asked) {
    co_await work();
    ring::store_struct(asked.memory(), DiskFacts{.bytes = 1 << 20, .sector_bytes = 512, .most_bytes = 4096, .most_pieces = 3, .flags = 0});
    co_return service::Answered<FactsRequest>{};
  }
  Task<Outcome<ReadRequest>> handle(const ReadRequest& request, Asked asked) {
    co_await work();
    ring::PieceList pieces;
    if (!asked.pieces(pieces)) co_return std::unexpected(Status::invalid);
    std::uint64_t offset = request.offset;
    for (const ring::Piece& piece : pieces.pieces()) {
      const auto memory = *asked.pools().part(piece);
      if (memory.size() >= 8) ring::store_bytes(memory, std::as_bytes(std::span(&offset, 1)));
      offset += piece.bytes;
    }
    co_return service::Answered<ReadRequest>{.bytes = pieces.bytes()};
  }
  Task<Outcome<WriteRequest>> handle(const WriteRequest&, Asked) { co_return std::unexpected(Status::read_only); }
  Task<Outcome<FlushRequest>> handle(const FlushRequest&, Asked) {
    co_await work();
    co_return service::Answered<FlushRequest>{};
  }
  Task<Outcome<DiscardRequest>> handle(const DiscardRequest&, Asked) { co_return std::unexpected(static_cast<Status>(99)); }
};

using DiskClient = service::Client<Protocol>;
using DiskServer = service::Server<Protocol, Disk>;

struct ServerLife {
  ServerLife(Region& region, std::uint64_t hash, rt::TaskLoop& client)
      : disk(loop), server(loop, std::move(ring::ChannelServer::attach(region.bytes, kSmall, hash).value()), peer, 0, disk), scope(loop) {
    peer.loop = &client;
    const LifeLoop::Inside inside(loop);
    scope.spawn(server.run());
  }
  LifeLoop loop;
  LoopPeer peer;
  Disk disk;
  DiskServer server;
  Scope scope;
};
struct ClientLife {
  ClientLife(Region& region, rt::TaskLoop* server)
      : client(loop, std::move(ring::ChannelClient::attach(region.bytes, kSmall, kHash).value()), peer, 0), scope(loop), calls(loop) {
    peer.loop = server;
    const LifeLoop::Inside inside(loop);
    scope.spawn(client.run());
  }
  LifeLoop loop;
  LoopPeer peer;
  DiskClient client;
  Scope scope, calls;
};

class World {
 public:
  World() {
    restart_client();
    restart_server();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  // Tasks of those that vanished never end, nor may their scopes.
  ~World() {
    static auto& gone_servers = *new std::vector<std::unique_ptr<ServerLife>>;
    static auto& gone_clients = *new std::vector<std::unique_ptr<ClientLife>>;
    static auto& gone_regions = *new std::vector<std::unique_ptr<Region>>;
    std::ranges::move(servers_, std::back_inserter(gone_servers));
    std::ranges::move(clients_, std::back_inserter(gone_clients));
    gone_regions.push_back(std::move(region_));
  }
  void restart_server(std::uint64_t hash = kHash) {
    servers_.push_back(std::make_unique<ServerLife>(*region_, hash, client().loop));
    client().peer.loop = &server().loop;
  }
  void restart_client() {
    clients_.push_back(std::make_unique<ClientLife>(*region_, servers_.empty() ? nullptr : &server().loop));
    if (!servers_.empty()) server().peer.loop = &client().loop;
  }
  ServerLife& server() { return *servers_.back(); }
  ClientLife& client() { return *clients_.back(); }
  DiskClient& disk() { return client().client; }
  Region& region() { return *region_; }
  // Makes a task and lets it call.
  void call(auto make) {
    const LifeLoop::Inside inside(client().loop);
    client().calls.spawn(make());
  }
  [[nodiscard]] std::size_t calling() { return client().calls.running(); }

  void settle() {
    while (client().loop.any_ready() || server().loop.any_ready()) {
      client().loop.run(1000);
      server().loop.run(1000);
    }
  }
  void pass_time() {
    settle();
    if (const auto deadline = server().loop.deadline_ns()) server().loop.expire(*deadline);
    settle();
  }

 private:
  std::unique_ptr<Region> region_ = std::make_unique<Region>();
  std::vector<std::unique_ptr<ServerLife>> servers_;
  std::vector<std::unique_ptr<ClientLife>> clients_;
};

inline service::Data sector(std::uint32_t number) { return {.buffer = {.offset = number * 512, .bytes = 512}}; }

struct Notes {
  std::size_t good = 0, wrong = 0, lost = 0, cancelled = 0, other = 0;
  [[nodiscard]] std::size_t all() const { return good + wrong + lost + cancelled + other; }
};

inline Task<> read_one(DiskClient& client, std::uint32_t number, std::uint16_t resends, Notes& notes) {
  const auto read = co_await client.ask(ReadRequest{.offset = number * 4096}, sector(number), {.resends = resends});
  if (!read) {
    ++(read.error().failure == CallFailure::lost ? notes.lost : read.error().failure == CallFailure::cancelled ? notes.cancelled : notes.other);
    co_return;
  }
  const auto word = ring::load_struct<std::uint64_t>(*client.pools().part(sector(number).buffer));
  ++(word == number * 4096 && read->bytes == 512 ? notes.good : notes.wrong);
}

inline Task<> read_many(DiskClient& client, std::uint32_t number, unsigned count, std::uint16_t resends, Notes& notes) {
  for (unsigned i = 0; i < count; ++i) co_await read_one(client, number, resends, notes);
}

}  // namespace tessera::test
