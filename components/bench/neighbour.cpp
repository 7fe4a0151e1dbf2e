// SPDX-License-Identifier: Apache-2.0
// The bench's neighbour on another core, in a namespace of its own: does over and over
// what it is asked to, with objects of its own.
#include "components/bench/neighbour.hpp"

#include <abi/nucleus.client.hpp>
#include <array>

#include "components/bench/measure.hpp"
#include "components/bench/peer.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/component.hpp"
#include "lib/rt/objects.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::bench {

using abi::Call;
using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kTableBits = 10, kFirstSlot = 2, kCopies = 500, kObjects = 200;
constexpr std::uint64_t kAtOnce = 50;  // of what is short
constexpr std::uint64_t kPageBits = 12;
constexpr std::uint64_t kPeriodNs = 1'000'000;

class Neighbour {
 public:
  Neighbour();
  void work(std::uint64_t which);

 private:
  void map_and_unmap() const;
  void mint_and_revoke() const;
  void make_and_end_namespace() const;
  void prepare_guest();
  rt::Handle answerer(std::uint64_t words);

  rt::Handle quiet_ = need(objects().make(ObjectType::notification), "notification");
  rt::Handle awaited_ = need(objects().make(ObjectType::notification), "notification");
  rt::Handle table_ = need(objects().make(ObjectType::cap_table, kTableBits), "table");
  rt::Handle source_ = need(objects().make(ObjectType::endpoint), "endpoint");
  rt::Handle untyped_ = need(objects().make(ObjectType::untyped, 18), "untyped");
  rt::Handle budget_ = need(objects().make(ObjectType::budget), "budget");
  std::array<std::uint64_t, 2> slots_{need(objects().take_slot(), "slot"), need(objects().take_slot(), "slot")};
  rt::Handle guest_ = 0, answers_ = 0, faults_ = 0, reply_ = 0, bystander_ = 0;
  std::uint64_t attachment_ = 0;
};

Neighbour::Neighbour() {
  peers().start({.entry = &bench_peer_wait,
                 .where = Where::own_space,
                 .parameters = {.handle = awaited_, .tag = tag_of(Call::wait)},
                 .priority = kUrgentPriority});
  peers().settle();
  answers_ = answerer(16);
  faults_ = need(objects().make(ObjectType::endpoint), "endpoint");
  reply_ = need(objects().make(ObjectType::reply), "reply");
  peers().start({.entry = &bench_peer_fault,
                 .where = Where::other_space,
                 .parameters = {.handle = abi::kGrantsAddress},
                 .priority = kPriority,
                 .fault = faults_});
  bystander_ = peers().start({.entry = &bench_peer_yield, .where = Where::own_space, .parameters = {}, .priority = 1});
  const rt::Handle memory = need(objects().make(ObjectType::memory, kPageBits), "memory");
  attachment_ = need(abi::address_space_attach(objects().own().space, memory, abi::kRightRead | abi::kRightWrite), "attach");
  prepare_guest();
}

// Its first instruction is where nothing is mapped.
void Neighbour::prepare_guest() {
  guest_ = need(objects().make(ObjectType::address_space), "guest's space");
  need(abi::address_space_donate(guest_, need(objects().make(ObjectType::untyped, 16), "page tables")), "donate");
  need(abi::address_space_bind_host(guest_, objects().own().space, 1), "host");
  const rt::Handle state = need(objects().make(ObjectType::memory, kPageBits), "guest's state");
  need(abi::thread_set_guest_state(rt::current().thread, state, 0), "guest's state");
}

rt::Handle Neighbour::answerer(std::uint64_t words) {
  const rt::Handle endpoint = need(objects().make(ObjectType::endpoint), "endpoint");
  const rt::Handle reply = need(objects().make(ObjectType::reply), "reply");
  peers().start({.entry = &bench_peer_answer,
                 .where = Where::own_space,
                 .parameters = {.handle = endpoint, .reply = reply, .tag = tag_of(Call::reply_wait, words)},
                 .priority = kPriority});
  return endpoint;
}

void Neighbour::map_and_unmap() const {
  const rt::Handle space = objects().own().space;
  need(abi::address_space_map(space, rt::kComponentArea, attachment_, 0, 1, abi::kRightRead | abi::kRightWrite), "map");
  need(abi::address_space_unmap(space, rt::kComponentArea, 1), "unmap");
}

void Neighbour::mint_and_revoke() const {
  for (std::uint64_t i = 0; i < kCopies; ++i) {
    need(abi::cap_table_copy(table_, source_, kFirstSlot + i, abi::kRightWrite, 0), "copy");
  }
  need(abi::cap_table_revoke(objects().own().table, source_), "revoke");
}

void Neighbour::make_and_end_namespace() const {
  const rt::Handle own = objects().own().table;
  const rt::Handle space = need(abi::untyped_retype(untyped_, ObjectType::namespace_, 0, 1, own, slots_.at(0)), "namespace");
  const rt::Handle table = need(abi::untyped_retype(untyped_, ObjectType::cap_table, kTableBits, 1, own, slots_.at(1)), "table");
  need(abi::namespace_adopt(space, table), "adopt");
  need(abi::untyped_retype(untyped_, ObjectType::endpoint, 0, kObjects, table, kFirstSlot), "retype");
  need(abi::namespace_destroy(space), "destroy");
  need(abi::cap_table_revoke(own, untyped_), "revoke");
}

void run_guest(rt::Handle space) { (void)need(rt::guest_run(space), "guest_run"); }

void times(std::uint64_t count, auto act) {
  for (std::uint64_t i = 0; i < count; ++i) act();
}

void Neighbour::work(std::uint64_t which) {
  const rt::Handle self = rt::current().thread;
  switch (which) {
    case 0: return times(1000, [] { asm volatile(""); });
    case 1: return times(kAtOnce, [&] { (void)rt::notify(quiet_); });
    case 2: return times(kAtOnce, [&] { (void)rt::notify(awaited_); });
    case 3: return times(kAtOnce, [&] { map_and_unmap(); });
    case 4:
      need(abi::untyped_retype(untyped_, ObjectType::endpoint, 0, kAtOnce, table_, kFirstSlot), "retype");
      return need(abi::cap_table_revoke(objects().own().table, untyped_), "revoke");
    case 5: return mint_and_revoke();
    case 6: return make_and_end_namespace();
    case 7: return times(kAtOnce, [&] { run_guest(guest_); });
    case 8:
      return times(kAtOnce, [&] {
        need(abi::thread_kick(self), "kick");
        run_guest(guest_);
      });
    case 9: (void)bench_repeat(kAtOnce, tag_of(Call::call, 16), answers_, 0); return;
    case 10: (void)bench_repeat(kAtOnce, tag_of(Call::reply_wait), faults_, reply_); return;
    case 11:
      return times(kAtOnce, [&] {
        need(abi::thread_suspend(bystander_), "suspend");
        need(abi::thread_resume(bystander_), "resume");
      });
    default:
      return times(kAtOnce, [&] { need(abi::budget_configure(budget_, objects().own().cores - 1, kPeriodNs / 100, kPeriodNs), "budget"); });
  }
}

}  // namespace
}  // namespace tessera::bench

int component_main(const tessera::rt::Start& start) {
  using namespace tessera::bench;
  const auto channel = start.grant("channel.neighbour", tessera::abi::ObjectType::memory);
  if (!channel || channel->address == 0) tessera::rt::panic("the manifest has no channel neighbour");
  Neighbour neighbour;
  Neighbourhood bench(*channel);
  start.ready();
  for (std::uint64_t last = 0;;) {
    const std::uint64_t wanted = bench.wanted();
    neighbour.work(wanted % kNeighbourWork.size());
    if (wanted == last) continue;
    bench.begun(wanted);
    last = wanted;
  }
}
