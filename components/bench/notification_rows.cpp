// SPDX-License-Identifier: Apache-2.0
// Notifications and yielding. Five instructions of each row are the measuring
// loop's; a waiter's loop adds five, a yielding peer's three.
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

// A waiter is more urgent: it runs at once and waits again before notify returns.
struct Waiter {
  std::string_view name;
  Where where;
  rt::Handle notification = 0;
};

constinit std::array waiters{
    Waiter{.name = "notify-waiter-and-back", .where = Where::other_space},
    Waiter{.name = "notify-waiter-and-back-same-space", .where = Where::own_space},
};

// Each iteration is two yields: here and there.
void run_yield(std::string_view name, Where where) {
  const rt::Handle other = peers().start({.entry = &bench_peer_yield, .where = where, .parameters = {}, .priority = kPriority});
  measure_calls(name, 2000, tag_of(Call::yield), 0);
  peers().end(other);
}

}  // namespace

void prepare_notification_rows() {
  for (Waiter& waiter : waiters) {
    waiter.notification = need(objects().make(ObjectType::notification), "notification");
    const PeerParameters parameters{.handle = waiter.notification, .tag = tag_of(Call::wait)};
    peers().start({.entry = &bench_peer_wait, .where = waiter.where, .parameters = parameters, .priority = kUrgentPriority});
  }
}

void run_notification_rows() {
  const rt::Handle notification = need(objects().make(ObjectType::notification), "notification");
  measure_calls("notify-no-waiter", 5000, tag_of(Call::notify), notification);
  for (const Waiter& waiter : waiters) measure_calls(waiter.name, 2000, tag_of(Call::notify), waiter.notification);
  run_yield("yield-and-back", Where::other_space);
  run_yield("yield-and-back-same-space", Where::own_space);
}

}  // namespace tessera::bench
