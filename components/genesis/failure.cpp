// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/failure.hpp"

#include "lib/rt/clock.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::genesis {

namespace {

// Made when they are first given; 0: never.
struct Notices {
  Handle failed = 0, told = 0;
};
constinit Notices notices;

}  // namespace

void give_failure(Gift& gift) {
  for (Handle* one : {&notices.failed, &notices.told}) {
    if (*one != 0) continue;
    const auto made = rt::objects().make(abi::ObjectType::notification);
    if (!made) return gift.fail(abi::name(made.error()));
    *one = *made;
  }
  gift.grant({.name = "failure", .kind = abi::ObjectType::notification, .handle = notices.failed}, abi::kRightRead);
  gift.grant({.name = "failure.told", .kind = abi::ObjectType::notification, .handle = notices.told}, abi::kRightWrite);
}

void tell_failure() {
  constexpr std::uint64_t kPatienceNs = 1'000'000'000;
  // A failure on the way is no reason to begin anew.
  const Notices now = notices;
  notices = {};
  if (now.told == 0) return;
  (void)rt::notify(now.failed);
  (void)rt::wait_notification(now.told, rt::now_ns() + kPatienceNs);
}

}  // namespace tessera::genesis
