// SPDX-License-Identifier: Apache-2.0
#include "components/linux/core/aside.hpp"

#include "components/linux/core/big_lock.hpp"
#include "components/linux/io_ring/task.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/account.hpp"
#include "components/linux/process/placement.hpp"
#include "components/linux/process/thread.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread_block.hpp"

namespace tessera::lx {

NO_THREAD_SAFETY_ANALYSIS Aside::Aside(Hold hold) : hold_(hold) {
  if (hold_ == Hold::keep) return;
  Thread* const self = current_or_null();
  if (self == nullptr) {
    big_lock.unlock();
    return;
  }
  // A ring's request is somebody else's to cancel meanwhile.
  if (self->ring_task != nullptr && self->ring_task->running) {
    hold_ = Hold::keep;
    return;
  }
  ++self->usage.voluntary_switches;
  now_asleep(*self, account_leave(*self));
  big_lock.unlock();
  self->carrier->unlocked();
  self->carrier->rests();
}

NO_THREAD_SAFETY_ANALYSIS Aside::~Aside() {
  if (hold_ == Hold::keep) return;
  Thread* const self = current_or_null();
  if (self == nullptr) {
    big_lock.lock_at_leisure();
    return;
  }
  big_lock.lock();
  account_enter(*self);
  now_awake(*self);
}

Bell own_bell() { return Bell{rt::current().notification}; }
void ring_bell(Bell bell) { (void)rt::notify(static_cast<std::uint64_t>(bell)); }
void await_bell() { (void)rt::wait_notification(rt::current().notification, 0); }

}  // namespace tessera::lx
