// SPDX-License-Identifier: Apache-2.0
// Messages. A round trip holds nine instructions of the two user loops: five of
// the caller, four of the server (seL4's figures hold thirteen).
#include <abi/start.hpp>
#include <array>
#include <string_view>

#include "components/bench/loops.hpp"
#include "components/bench/measure.hpp"
#include "components/bench/peer.hpp"

namespace tessera::bench {

using abi::Call;
using abi::ObjectType;
using rt::objects;

namespace {

constexpr std::uint64_t kNoCall = 0xff;

struct RoundTrip {
  std::string_view name;
  Where where;
  std::uint64_t words;
};

constexpr std::array kRoundTrips{
    RoundTrip{"ipc-0-words", Where::other_space, 0},          RoundTrip{"ipc-1-word", Where::other_space, 1},
    RoundTrip{"ipc-4-words", Where::other_space, 4},          RoundTrip{"ipc-8-words", Where::other_space, 8},
    RoundTrip{"ipc-16-words", Where::other_space, 16},        RoundTrip{"ipc-0-words-same-space", Where::own_space, 0},
    RoundTrip{"ipc-4-words-same-space", Where::own_space, 4}, RoundTrip{"ipc-8-words-same-space", Where::own_space, 8},
};

void run_round_trip(const RoundTrip& row) {
  const rt::Handle endpoint = need(objects().make(ObjectType::endpoint), "endpoint");
  const rt::Handle reply = need(objects().make(ObjectType::reply), "reply");
  const PeerParameters parameters{.handle = endpoint, .reply = reply, .tag = tag_of(Call::reply_wait, row.words)};
  const rt::Handle server =
      peers().start({.entry = &bench_peer_answer, .where = row.where, .parameters = parameters, .priority = kPriority});
  measure_calls(row.name, 2000, tag_of(Call::call, row.words), endpoint);
  peers().end(server);
}

// A thread of the other space faults; this one is told, answers without having
// done anything about it, and is told again. Six instructions are the two loops'.
void run_fault() {
  const rt::Handle endpoint = need(objects().make(ObjectType::endpoint), "endpoint");
  const rt::Handle reply = need(objects().make(ObjectType::reply), "reply");
  const PeerParameters parameters{.handle = abi::kGrantsAddress};
  const rt::Handle thread = peers().start({.entry = &bench_peer_fault,
                                           .where = Where::other_space,
                                           .parameters = parameters,
                                           .priority = kPriority,
                                           .fault = endpoint});
  measure_calls("fault-round-trip", 1000, tag_of(Call::reply_wait), endpoint, reply);
  peers().end(thread);
}

}  // namespace

void run_null_round_trip(std::string_view name) { run_round_trip({name, Where::other_space, 0}); }

void run_ipc_rows() {
  // Calls that do nothing: of a number that no call has, refused at once for their handle, or no one
  // else to run.
  measure_calls("null-call", 5000, kNoCall, 0, 0, abi::Error::bad_call);
  measure_calls("invoke-refused", 5000, tag_of(Call::invoke, 0, 1), 0, 0, abi::Error::bad_path);
  measure_calls("yield-alone", 5000, tag_of(Call::yield), 0);
  for (const RoundTrip& row : kRoundTrips) run_round_trip(row);
  run_fault();
}

}  // namespace tessera::bench
