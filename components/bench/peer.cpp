// SPDX-License-Identifier: Apache-2.0
#include "components/bench/peer.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>
#include <algorithm>

#include "components/bench/measure.hpp"
#include "lib/rt/raw_memory.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::bench {

using abi::ObjectType;
using rt::objects;

Peers& peers() {
  static Peers instance;
  return instance;
}

Peers::Peers() {
  shared_ = need(objects().map_new(kBits), "memory of the peers");
  const std::uint64_t code = rt::address_of(&bench_peer_code);
  const std::uint64_t bytes = rt::address_of(&bench_peer_code_end) - code;
  std::ranges::copy(rt::bytes_at(code, bytes), rt::bytes_at(shared_.address, kParametersOffset).begin());

  space_ = need(objects().make(ObjectType::address_space), "second address space");
  const rt::Handle tables = need(objects().make(ObjectType::untyped, 16), "memory for page tables");
  need(abi::address_space_donate(space_, tables), "donate");
  const std::uint64_t rights = abi::kRightRead | abi::kRightExecute;
  const auto attachment = need(abi::address_space_attach(space_, shared_.memory, rights), "attach");
  need(abi::address_space_map(space_, abi::kImageAddress, attachment, 0, 1, rights), "map the peers' code");
  noted_ = need(objects().map_new(12), "memory of what is noted");
  const std::uint64_t writing = abi::kRightRead | abi::kRightWrite;
  const auto written = need(abi::address_space_attach(space_, noted_.memory, writing), "attach");
  need(abi::address_space_map(space_, kNotedThere, written, 0, 1, writing), "map what is noted");
}

rt::Handle Peers::start(const PeerOptions& options) {
  if (used_ == kMostThreads) require(abi::Error::no_memory, "peers");
  const std::uint64_t place = kParametersOffset + used_ * sizeof(PeerParameters);
  rt::object_at<PeerParameters>(shared_.address + place) = options.parameters;

  const bool own = options.where == Where::own_space;
  const std::uint64_t entry = rt::address_of(options.entry);
  const rt::Handle thread = need(objects().make(ObjectType::thread), "thread");
  const rt::OwnObjects& mine = objects().own();
  need(abi::thread_configure(thread, mine.table, own ? mine.space : space_, shared_.memory, (1 + used_) * abi::kPageBytes,
                             options.fault == 0 ? mine.supervisor : options.fault),
       "configure");
  need(abi::thread_set_registers(thread, own ? entry : abi::kImageAddress + (entry - rt::address_of(&bench_peer_code)),
                                 abi::kImageAddress, (own ? shared_.address : abi::kImageAddress) + place, 0),
       "registers");
  need(abi::thread_schedule(thread, mine.budget, options.priority), "schedule");
  need(abi::thread_resume(thread), "resume");
  ++used_;
  return thread;
}

void Peers::settle() { need(abi::thread_schedule(rt::current().thread, 0, kPriority), "own priority"); }

void Peers::end(rt::Handle thread) { objects().discard(thread); }

}  // namespace tessera::bench
