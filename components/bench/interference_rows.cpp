// SPDX-License-Identifier: Apache-2.0
// How much slower messages of this core are beside what the neighbour does on another:
// rounds of all its work, each held against the same round's computing.
#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>

#include "components/bench/loops.hpp"
#include "components/bench/measure.hpp"
#include "components/bench/neighbour.hpp"
#include "components/bench/peer.hpp"
#include "lib/rt/log.hpp"

namespace tessera::bench {

using abi::Call;
using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kRounds = 15, kCalls = 20'000;
using Ratios = std::array<std::uint64_t, kRounds>;

// (The freestanding library has no std::sort of plain numbers.)
std::uint64_t median(Ratios& values) {
  std::ranges::sort(values, [](std::uint64_t a, std::uint64_t b) { return a < b; });
  return values.at(kRounds / 2);
}

std::uint64_t sample(rt::Handle endpoint) {
  const std::uint64_t start = rt::arch::read_counter();
  (void)bench_repeat(kCalls, tag_of(Call::call), endpoint, 0);
  return rt::arch::read_counter() - start;
}

struct Row {
  Ratios ratios{};          // thousandths
  std::uint64_t waits = 0;  // of either core for a lock, in all rounds
};

std::uint64_t lock_waits(rt::Handle machine) { return need(abi::machine_info(machine), "machine").lock_waits; }

}  // namespace

void run_interference_rows(const rt::Grant& channel, rt::Handle machine) {
  Neighbourhood neighbour(channel);
  const rt::Handle endpoint = need(objects().make(ObjectType::endpoint), "endpoint");
  const rt::Handle reply = need(objects().make(ObjectType::reply), "reply");
  peers().start({.entry = &bench_peer_answer,
                 .where = Where::own_space,
                 .parameters = {.handle = endpoint, .reply = reply, .tag = tag_of(Call::reply_wait)},
                 .priority = kPriority});
  static std::array<Row, kNeighbourWork.size()> rows;
  std::uint64_t number = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    std::uint64_t beside_computing = 1;
    for (std::uint64_t work = 0; work < kNeighbourWork.size(); ++work) {
      neighbour.ask(++number, work);
      const std::uint64_t before = lock_waits(machine);
      const std::uint64_t ticks = sample(endpoint);
      rows.at(work).waits += lock_waits(machine) - before;
      if (work == 0) beside_computing = std::max<std::uint64_t>(ticks, 1);
      rows.at(work).ratios.at(round) = ticks * 1000 / beside_computing;
    }
  }
  neighbour.ask(++number, 0);
  for (std::uint64_t work = 1; work < kNeighbourWork.size(); ++work) {
    Row& row = rows.at(work);
    rt::log("interference-{}\t{}\t{}", kNeighbourWork.at(work), kRounds, median(row.ratios));
    rt::log("interference-{}-waits\t{}\t{}", kNeighbourWork.at(work), kRounds, row.waits);
  }
}

}  // namespace tessera::bench
