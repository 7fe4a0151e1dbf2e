// SPDX-License-Identifier: Apache-2.0
#include "components/storm/faults.hpp"

#include "components/storm/must.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread.hpp"

namespace tessera::storm {

Faults::Faults()
    : endpoint_(must(rt::objects().make(abi::ObjectType::endpoint), "endpoint of faults")),
      reply_(must(rt::objects().make(abi::ObjectType::reply), "reply of faults")) {
  for (std::size_t i = 0; i < badged_.size(); ++i) {
    badged_[i] = must(rt::objects().copy(endpoint_, abi::kRightWrite | abi::kRightGrant, i + 1), "endpoint of a member's faults");
  }
  const auto listener = rt::Thread::create({.entry = [](void* self) { static_cast<Faults*>(self)->listen(); }, .argument = this});
  if (!listener) give_up("thread for faults", abi::name(listener.error()));
}

void Faults::listen() {
  constexpr std::uint32_t kStayStopped = 1, kGoOn = 0;
  for (;;) {
    const auto message = rt::wait(endpoint_, reply_);
    if (!message) {
      // The one before was not answered and is still there.
      if (message.error() == abi::Error::busy) (void)rt::reply(reply_, {.label = kStayStopped});
      continue;
    }
    const bool timeout = message->words.front() == abi::kFaultTimeout;
    (timeout ? timeouts_ : faults_).fetch_add(1, std::memory_order_relaxed);
    (void)rt::reply(reply_, {.label = timeout ? kGoOn : kStayStopped});
  }
}

}  // namespace tessera::storm
