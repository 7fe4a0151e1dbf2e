// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/alarm.hpp"

#include <algorithm>

#include "components/genesis/fatal.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread.hpp"

namespace tessera::genesis {

namespace {
constexpr std::uint64_t kPriority = 200;
}

Alarm::Alarm(Handle endpoint) : endpoint_(endpoint) {
  const auto changed = rt::objects().make(abi::ObjectType::notification);
  if (!changed) fatal("no memory for the alarm: {}", changed.error());
  changed_ = *changed;
  const auto thread = rt::Thread::create({.entry = run, .argument = this, .priority = kPriority});
  if (!thread) fatal("no thread for the alarm: {}", thread.error());
}

void Alarm::set(std::uint64_t time_ns) {
  if (time_ns_.exchange(time_ns) != time_ns) (void)rt::notify(changed_);
}

void Alarm::run(void* alarm) {
  Alarm& self = *static_cast<Alarm*>(alarm);
  for (;;) {
    std::uint64_t time = self.time_ns_.load();
    const auto woken = rt::wait_notification(self.changed_, time == kNever ? 0 : std::max<std::uint64_t>(time, 1));
    if (woken || woken.error() != abi::Error::timed_out) continue;
    if (self.time_ns_.compare_exchange_strong(time, kNever)) (void)rt::send(self.endpoint_, {.label = kLabel});
  }
}

}  // namespace tessera::genesis
