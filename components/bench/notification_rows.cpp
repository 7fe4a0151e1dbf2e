// SPDX-License-Identifier: Apache-2.0
// Notifications and yielding. Five instructions of each row are the measuring
// loop's; a waiter's loop adds five, a yielding peer's three.
#include "components/bench/loops.hpp"
#include "components/bench/measure.hpp"
#include "components/bench/peer.hpp"

namespace tessera::bench {

using abi::Call;
using abi::ObjectType;
using rt::objects;

namespace {

// The waiter is more urgent: it runs at once and waits again before notify returns.
void run_notify_waiter(std::string_view name, Where where) {
  const rt::Handle notification = need(objects().make(ObjectType::notification), "notification");
  const PeerParameters parameters{.handle = notification, .tag = tag_of(Call::wait)};
  const rt::Handle waiter =
      peers().start({.entry = &bench_peer_wait, .where = where, .parameters = parameters, .priority = kUrgentPriority});
  measure_calls(name, 2000, tag_of(Call::notify), notification);
  peers().end(waiter);
}

// Each iteration is two yields: here and there.
void run_yield(std::string_view name, Where where) {
  const rt::Handle other = peers().start({.entry = &bench_peer_yield, .where = where, .parameters = {}, .priority = kPriority});
  measure_calls(name, 2000, tag_of(Call::yield), 0);
  peers().end(other);
}

}  // namespace

void run_notification_rows() {
  const rt::Handle notification = need(objects().make(ObjectType::notification), "notification");
  measure_calls("notify-no-waiter", 5000, tag_of(Call::notify), notification);
  run_notify_waiter("notify-waiter-and-back", Where::other_space);
  run_notify_waiter("notify-waiter-and-back-same-space", Where::own_space);
  run_yield("yield-and-back", Where::other_space);
  run_yield("yield-and-back-same-space", Where::own_space);
}

}  // namespace tessera::bench
