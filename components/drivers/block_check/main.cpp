// SPDX-License-Identifier: Apache-2.0
// A client of a disk's driver: see README.md.
#include <abi/protocols/block.hpp>
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "lib/format/manifest.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/executor.hpp"
#include "lib/rt/log.hpp"
#include "lib/service/client.hpp"
#include "lib/service/granted.hpp"

namespace {

using namespace tessera;
namespace block = protocol::block;
using Client = service::Client<block::Protocol>;

constexpr std::size_t kUnit = 512, kWords = kUnit / 8;
constexpr std::size_t kBlock = 16 * 1024;  // of one request: four pieces
constexpr std::uint16_t kResends = 1000;

std::uint64_t number(const rt::Start& start, std::string_view key, std::uint64_t otherwise) {
  const auto text = start.config(key);
  return text ? format::parse_number(*text).value_or(otherwise) : otherwise;
}

struct Settings {
  std::uint64_t seed = 1, rounds = 4, bytes = 1 << 20, workers = 16;
};

void fill(std::span<std::byte> to, const Settings& settings, std::uint64_t round, std::uint64_t offset) {
  for (std::size_t at = 0; at < to.size(); at += kUnit) {
    std::array<std::uint64_t, kWords> words;
    words.fill(settings.seed ^ round ^ (offset + at));
    std::get<0>(words) = settings.seed;
    std::get<1>(words) = round;
    std::get<2>(words) = offset + at;
    std::memcpy(to.subspan(at, kUnit).data(), words.data(), kUnit);
  }
}

// Where a worker's requests point: a buffer of one block in a pool, in four pieces that are not in order, with their list.
struct Place {
  std::span<std::byte> memory;
  std::span<std::byte> list;
};

class Check {
 public:
  Check(Client& client, const Settings& settings, std::span<std::byte> shared) : client_(client), settings_(settings), shared_(shared) {}

  rt::Task<bool> facts() {
    const auto where = client_.pools().piece_of(client_.pools().own().first(4096));
    const auto reply = co_await client_.ask(block::FactsRequest{}, {.buffer = {.offset = where->offset, .bytes = 4096}}, {.resends = kResends});
    if (!reply) co_return false;
    std::memcpy(&facts_, client_.pools().own().data(), sizeof facts_);
    settings_.bytes = std::min({settings_.bytes, facts_.bytes, std::uint64_t{8} << 20}) / kBlock * kBlock;
    rt::log("{} bytes in sectors of {}, at most {} pieces", facts_.bytes, facts_.sector_bytes, facts_.most_pieces);
    co_return true;
  }

  // What must be refused is, and nothing else breaks.
  rt::Task<> refusals() {
    const ring::Buffer whole{.offset = 0, .bytes = 4096};
    co_await refuse(facts_.bytes, whole, block::Status::invalid);
    co_await refuse(~std::uint64_t{0} - 511, whole, block::Status::invalid);
    co_await refuse(1, whole, block::Status::invalid);
    co_await refuse(0, {.offset = 0, .bytes = 100}, block::Status::invalid);
    co_await refuse(0, {.offset = 0, .bytes = 0}, block::Status::invalid);
    const auto discarded = co_await client_.ask(block::DiscardRequest{.offset = facts_.bytes, .bytes = 4096});
    good_ = good_ && !discarded && discarded.error().status == block::Status::invalid;
  }

  // All that will be written is given back first, where the disk can do that.
  rt::Task<> discard() {
    if ((facts_.flags & block::kCanDiscard) == 0) co_return;
    const auto done = co_await client_.ask(block::DiscardRequest{.offset = 0, .bytes = settings_.bytes}, {}, {.resends = kResends});
    rt::log("discard: {}", done ? "done" : "failed");
    good_ = good_ && done;
  }

  // One of the workers: every so manieth block.
  rt::Task<> work(std::uint64_t worker, bool write, std::uint64_t round) {
    const Place place = place_of(worker);
    for (std::uint64_t offset = worker * kBlock; offset < settings_.bytes; offset += settings_.workers * kBlock) {
      const ring::Buffer buffer = pieces(place);
      if (write) {
        fill(place.memory, settings_, round, offset);
        const auto done = co_await client_.ask(block::WriteRequest{.offset = offset, .durable = round % 2 == 0 ? 1u : 0u},
                                               {.buffer = buffer, .list_bytes = kBlock}, {.resends = kResends});
        good_ = good_ && done && done->bytes == kBlock;
      } else {
        std::ranges::fill(place.memory, std::byte{0xaa});
        const auto done = co_await client_.ask(block::ReadRequest{.offset = offset}, {.buffer = buffer, .list_bytes = kBlock}, {.resends = kResends});
        std::vector<std::byte> expected(kBlock);
        fill(expected, settings_, round, offset);
        good_ = good_ && done && done->bytes == kBlock && std::ranges::equal(place.memory, expected);
      }
      ++requests_;
    }
  }

  rt::Task<> pass(rt::Executor& executor, bool write, std::uint64_t round) {
    rt::Scope scope(executor);
    for (std::uint64_t worker = 0; worker < settings_.workers; ++worker) scope.spawn(work(worker, write, round));
    co_await scope.join();
  }

  rt::Task<> run(rt::Executor& executor) {
    good_ = co_await facts();
    if (!good_) {
      rt::log("there is no disk");
      co_return;
    }
    co_await refusals();
    rt::log("refusals: {}", good_ ? "all as they must be" : "wrong");
    co_await discard();
    const std::uint64_t begin = rt::now_ns();
    for (std::uint64_t round = 1; round <= settings_.rounds; ++round) {
      if ((facts_.flags & block::kReadOnly) == 0) co_await pass(executor, true, round);
      co_await pass(executor, false, (facts_.flags & block::kReadOnly) == 0 ? round : settings_.rounds);
    }
    const auto flushed = co_await client_.ask(block::FlushRequest{}, {}, {.resends = kResends});
    good_ = good_ && flushed;
    const std::uint64_t us = std::max<std::uint64_t>((rt::now_ns() - begin) / 1000, 1);
    rt::log("{} requests of {} KiB in {} us: {} KiB a second", requests_, kBlock / 1024, us, requests_ * (kBlock / 1024) * 1'000'000 / us);
  }

  [[nodiscard]] bool good() const { return good_; }

 private:
  rt::Task<> refuse(std::uint64_t offset, ring::Buffer buffer, block::Status status) {
    const auto read = co_await client_.ask(block::ReadRequest{.offset = offset}, {.buffer = buffer}, {.resends = kResends});
    good_ = good_ && !read && read.error().failure == service::CallFailure::refused && read.error().status == status;
  }

  // Every other worker uses the channel's own pool.
  Place place_of(std::uint64_t worker) const {
    constexpr std::size_t kRoom = kBlock + 4096;
    const std::span<std::byte> pool = worker % 2 == 0 ? shared_ : client_.pools().own();
    const auto room = pool.subspan(worker / 2 * kRoom, kRoom);
    return {.memory = room.first(kBlock), .list = room.subspan(kBlock)};
  }

  ring::Buffer pieces(const Place& place) const {
    constexpr std::size_t kPiece = kBlock / 4;
    std::array<ring::Piece, 4> list{};
    std::size_t at = 0;
    for (ring::Piece& piece : list) {
      piece = *client_.pools().piece_of(place.memory.subspan(at, kPiece));
      at += kPiece;
    }
    std::memcpy(place.list.first(sizeof list).data(), list.data(), sizeof list);
    const ring::Piece of_list = *client_.pools().piece_of(place.list.first(sizeof list));
    return {.offset = of_list.offset, .bytes = of_list.bytes, .pool = static_cast<std::uint16_t>(of_list.pool), .form = ring::Form::pieces};
  }

  Client& client_;
  Settings settings_;
  std::span<std::byte> shared_;
  block::DiskFacts facts_{};
  std::uint64_t requests_ = 0;
  bool good_ = true;
};

rt::Task<> all(rt::Executor& executor, Client& client, Check& check) {
  rt::Scope scope(executor);
  scope.spawn(client.run());
  co_await check.run(executor);
  scope.cancel();
  co_await scope.join();
}

}  // namespace

int component_main(const rt::Start& start) {
  const auto channel = service::GrantedChannel::find(start, "block");
  if (!channel) rt::panic("no channel 'block' was granted");
  const Settings settings{.seed = number(start, "seed", 1), .rounds = number(start, "rounds", 4), .bytes = number(start, "bytes", 1 << 20),
                          .workers = std::clamp<std::uint64_t>(number(start, "workers", 16), 1, 64)};
  rt::Executor executor(channel->wake);
  const auto doorbell = channel->doorbell(executor);
  const service::GrantedPools pools(start);
  auto end = ring::ChannelClient::attach(channel->memory, block::kEntries, block::kHash, pools.all());
  if (!doorbell || !end || pools.all().empty()) rt::panic("the channel or the pool cannot be used");
  service::GrantedPeer peer(*channel);
  Client client(executor, std::move(*end), peer, *doorbell);
  Check check(client, settings, pools.all().front());
  executor.run(all(executor, client, check));
  rt::log("{}", check.good() ? "all is as it was written" : "something is wrong");
  return check.good() ? 0 : 1;
}
