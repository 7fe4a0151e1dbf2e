// SPDX-License-Identifier: Apache-2.0
// A disk behind a channel, served by one in memory that is as picky, or as bad, as drivers are.
#include "components/fs/service/channel_device.hpp"

#include <memory>
#include <optional>

#include "lib/service/server.hpp"
#include "tests/support/check.hpp"
#include "tests/unit/fs/image_device.hpp"
#include "tests/unit/lib/ring/random.hpp"

using namespace tessera;
using namespace tessera::protocol::block;
using fs::ChannelDevice;
using fs::Error;
using service::Outcome;

namespace {

constexpr std::size_t kDiskBytes = 1 << 20;

struct alignas(4096) Region {
  std::array<std::byte, 1 << 20> bytes{};
};

struct LoopPeer final : service::Peer {
  explicit LoopPeer(rt::TaskLoop& of, unsigned other) : loop(of), bit(other) {}
  void ring() override { loop.deliver(std::uint64_t{1} << bit); }
  void changed(service::PeerState) override {}
  rt::TaskLoop& loop;
  unsigned bit;
};

// What a driver is like, and what was asked of it.
struct Driver {
  DiskFacts facts{.bytes = kDiskBytes, .sector_bytes = 512, .most_bytes = 65536, .most_pieces = 64, .flags = kVolatileCache};
  std::vector<std::byte> disk = std::vector<std::byte>(kDiskBytes);
  unsigned failures = 0;  // that come before anything is done
  unsigned requests = 0, lists = 0, flushes = 0, discards = 0, most_pieces = 0;
  std::uint64_t most_bytes = 0;

  template <typename R>
  rt::Task<Outcome<R>> move(const R& request, service::Asked asked) {
    ++requests;
    if (failures > 0) {
      --failures;
      co_return std::unexpected(Status::io);
    }
    ring::PieceList list;
    if (!asked.pieces(list)) co_return std::unexpected(Status::invalid);
    most_pieces = std::max(most_pieces, static_cast<unsigned>(list.pieces().size()));
    most_bytes = std::max<std::uint64_t>(most_bytes, list.bytes());
    if (list.pieces().size() > 1) ++lists;
    if (list.pieces().size() > facts.most_pieces || list.bytes() > facts.most_bytes) co_return std::unexpected(Status::invalid);
    std::uint64_t offset = request.offset;
    for (const ring::Piece& piece : list.pieces()) {
      const auto memory = *asked.pools().part(piece);
      const auto there = std::span(disk).subspan(offset, memory.size());
      if (R::kServerWrites) std::ranges::copy(there, memory.begin());
      else std::ranges::copy(memory, there.begin());
      offset += memory.size();
    }
    co_return service::Answered<R>{.bytes = list.bytes()};
  }
  rt::Task<Outcome<FactsRequest>> handle(const FactsRequest&, service::Asked asked) {
    ring::store_struct(asked.memory(), facts);
    co_return service::Answered<FactsRequest>{};
  }
  rt::Task<Outcome<ReadRequest>> handle(const ReadRequest& request, service::Asked asked) { return move(request, asked); }
  rt::Task<Outcome<WriteRequest>> handle(const WriteRequest& request, service::Asked asked) { return move(request, asked); }
  rt::Task<Outcome<FlushRequest>> handle(const FlushRequest&, service::Asked) {
    ++flushes;
    co_return service::Answered<FlushRequest>{};
  }
  rt::Task<Outcome<DiscardRequest>> handle(const DiscardRequest&, service::Asked) {
    ++discards;
    co_return service::Answered<DiscardRequest>{};
  }
};

// The device, its channel with a shared pool, and the driver at the other end.
struct World {
  World() {
    scope.spawn(client.run());
    scope.spawn(server.run());
  }
  ~World() {
    scope.cancel();
    loop.settle();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  auto begin() { return test::run(loop, device.begin()); }

  test::HostLoop loop;
  std::unique_ptr<Region> region = std::make_unique<Region>(), shared = std::make_unique<Region>();
  std::array<std::span<std::byte>, 1> pools{shared->bytes};
  LoopPeer to_server{loop, 1}, to_client{loop, 0};
  Driver driver;
  ChannelDevice::Client client{loop, std::move(ring::ChannelClient::attach(region->bytes, kEntries, kHash, pools).value()), to_server, 0};
  service::Server<Protocol, Driver> server{loop, std::move(ring::ChannelServer::attach(region->bytes, kEntries, kHash, pools).value()), to_client, 1, driver};
  ChannelDevice device{client};
  rt::Scope scope{loop};
};

}  // namespace

TEST(facts_are_those_of_the_driver) {
  World world;
  world.driver.facts.flags = kReadOnly;
  CHECK(world.begin().has_value());
  CHECK_EQ(world.device.facts().bytes, kDiskBytes);
  CHECK(world.device.facts().read_only);
  CHECK(world.device.memory().size() > 512 * 1024);
  CHECK_EQ(reinterpret_cast<std::uintptr_t>(world.device.memory().data()) % 4096, 0u);
}

TEST(a_disk_that_makes_no_sense_is_none) {
  for (const DiskFacts& bad : {DiskFacts{.bytes = 1 << 20, .sector_bytes = 513, .most_bytes = 4096, .most_pieces = 1},
                               DiskFacts{.bytes = 1 << 20, .sector_bytes = 8192, .most_bytes = 8192, .most_pieces = 1},
                               DiskFacts{.bytes = 1000, .sector_bytes = 512, .most_bytes = 4096, .most_pieces = 1},
                               DiskFacts{.bytes = 0, .sector_bytes = 512, .most_bytes = 4096, .most_pieces = 1},
                               DiskFacts{.bytes = 1 << 20, .sector_bytes = 512, .most_bytes = 511, .most_pieces = 1},
                               DiskFacts{.bytes = 1 << 20, .sector_bytes = 512, .most_bytes = 512, .most_pieces = 0}}) {
    World world;
    world.driver.facts = bad;
    CHECK(world.begin() == std::unexpected(Error::corrupt));
  }
}

TEST(requests_outside_of_the_disk_or_of_parts_of_sectors_are_refused) {
  World world;
  CHECK(world.begin().has_value());
  const auto memory = world.device.memory();
  const auto read = [&](std::uint64_t offset, std::size_t bytes) {
    const std::span<std::byte> piece = memory.first(bytes);
    return test::run(world.loop, world.device.read(offset, std::span(&piece, 1)));
  };
  for (const std::uint64_t offset : {std::uint64_t{1}, std::uint64_t{kDiskBytes}, ~std::uint64_t{0} - 511}) CHECK(read(offset, 512) == std::unexpected(Error::invalid));
  CHECK(read(0, 100) == std::unexpected(Error::invalid));
  CHECK(read(0, 0) == std::unexpected(Error::invalid));
  CHECK_EQ(world.driver.requests, 0u);
  CHECK(read(kDiskBytes - 512, 512).has_value());
}

TEST(what_fails_is_tried_again_a_few_times) {
  World world;
  CHECK(world.begin().has_value());
  const std::span<std::byte> piece = world.device.memory().first(512);
  world.driver.failures = 3;
  CHECK(test::run(world.loop, world.device.read(0, std::span(&piece, 1))).has_value());
  CHECK_EQ(world.driver.requests, 4u);
  world.driver.failures = 100;
  CHECK(test::run(world.loop, world.device.write(0, std::span(&piece, 1), true)) == std::unexpected(Error::io));
  CHECK_EQ(world.driver.requests, 8u);
}

TEST(flushes_and_discards_go_only_to_who_wants_them) {
  for (const std::uint32_t flags : {0u, static_cast<unsigned>(kVolatileCache), static_cast<unsigned>(kCanDiscard)}) {
    World world;
    world.driver.facts.flags = flags;
    CHECK(world.begin().has_value());
    CHECK(test::run(world.loop, world.device.flush()).has_value());
    CHECK(test::run(world.loop, world.device.discard(0, 4096)).has_value());
    CHECK_EQ(world.driver.flushes, flags == kVolatileCache ? 1u : 0u);
    CHECK_EQ(world.driver.discards, flags == kCanDiscard ? 1u : 0u);
  }
}

// Pieces of all three sorts of memory, against an array; many at a time.
TEST(data_comes_back_as_it_went_from_wherever_it_lies) {
  test::Random random("pieces");
  for (const std::uint32_t most_bytes : {512u, 5000u, 65536u, 1u << 30}) {
    for (const std::uint32_t most_pieces : {1u, 3u, 64u, 1000u}) {
      World world;
      world.driver.facts.most_bytes = most_bytes;
      world.driver.facts.most_pieces = most_pieces;
      CHECK(world.begin().has_value());
      std::vector<std::byte> expected(kDiskBytes), own(1 << 18);
      for (unsigned round = 0; round < 40; ++round) {
        const bool write = random.one_in(2);
        const std::size_t first = random.below(1500) * 512;
        std::array<std::size_t, 3> used{};
        std::vector<std::span<std::byte>> pieces;
        std::size_t bytes = 0;
        for (std::uint64_t left = random.below(20) + 1; left > 0; --left) {
          const std::size_t sort = random.below(3), length = (random.one_in(4) ? random.below(90) + 1 : random.below(8) + 1) * 512;
          const std::span<std::byte> memory = sort == 0 ? world.device.memory() : sort == 1 ? std::span<std::byte>(world.shared->bytes) : std::span(own);
          if (used.at(sort) + length > memory.size() || first + bytes + length > kDiskBytes) continue;
          pieces.push_back(memory.subspan(used.at(sort), length));
          used.at(sort) += length;
          bytes += length;
        }
        std::size_t at = first;
        if (!write) {
          CHECK(test::run(world.loop, world.device.read(first, pieces)).has_value());
          for (const auto piece : pieces) {
            CHECK(std::ranges::equal(piece, std::span(expected).subspan(at, piece.size())));
            at += piece.size();
          }
          continue;
        }
        for (const auto piece : pieces) {
          for (std::byte& byte : piece) byte = static_cast<std::byte>(random.next());
          std::ranges::copy(piece, std::span(expected).subspan(at).begin());
          at += piece.size();
        }
        CHECK(test::run(world.loop, world.device.write(first, pieces, false)).has_value());
      }
      CHECK(world.driver.disk == expected);
      CHECK(world.driver.most_bytes <= most_bytes && world.driver.most_pieces <= std::min(most_pieces, 64u));
      CHECK(most_pieces == 1 || most_bytes == 512 || world.driver.lists > 0);
    }
  }
}

TEST(more_at_a_time_than_there_are_lists_and_copies) {
  World world;
  CHECK(world.begin().has_value());
  std::vector<std::byte> own(1024 * 300);
  const auto memory = world.device.memory();
  unsigned done = 0;
  rt::Scope scope(world.loop);
  for (std::size_t i = 0; i < 300; ++i) {
    scope.spawn([](ChannelDevice& device, std::span<std::byte> a, std::span<std::byte> b, std::size_t at, unsigned& count) -> rt::Task<> {
      const std::array<std::span<std::byte>, 2> pieces{a, b};
      if (co_await device.write(at * 1024, pieces, false)) ++count;
    }(world.device, memory.subspan(i * 512, 512), i % 2 == 0 ? memory.subspan((300 + i) * 512, 512) : std::span(own).subspan(i * 512, 512), i, done));
  }
  world.loop.settle();
  CHECK_EQ(scope.running(), 0u);
  CHECK_EQ(done, 300u);
}
