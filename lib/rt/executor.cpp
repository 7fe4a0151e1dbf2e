// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/executor.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>

#include "lib/rt/clock.hpp"
#include "lib/rt/panic.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::rt {

FramePool*& own_frames() { return current().frames; }

Executor::Executor(Handle notification) : notification_(notification) {
  if (own_frames() != nullptr) panic("a thread has two executors");
  own_frames() = &frames_;
}

Executor::~Executor() { own_frames() = nullptr; }

// Collects what happened; waits for it only when nobody is ready.
void Executor::look(bool others_are_ready) {
  const std::uint64_t deadline = std::max<std::uint64_t>(deadline_ns().value_or(0), deadline_ns() ? 1 : 0);
  const auto bits = others_are_ready ? abi::notification_poll(notification_) : wait_notification(notification_, deadline);
  if (bits) deliver(*bits);
  else if (bits.error() != Error::timed_out && bits.error() != Error::cancelled) panic("the executor's notification is gone");
  if (deadline_ns()) expire(now_ns());
}

void Executor::run(Task<void> task) {
  Scope all(*this);
  all.spawn(std::move(task));
  while (all.running() > 0) {
    const bool more = run_ready(kTurns);
    if (all.running() > 0) look(more);
  }
}

}  // namespace tessera::rt
