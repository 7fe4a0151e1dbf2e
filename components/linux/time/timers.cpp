// SPDX-License-Identifier: Apache-2.0
#include "components/linux/time/timers.hpp"

#include <algorithm>

#include "components/linux/core/wait.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/time/service.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::lx {

namespace {

struct Service {
  TimerHeap heap;
  std::uint64_t notification = 0;
  std::uint64_t sleeps_until = 0;  // 0: it is awake and will look
};

Service& service() {
  static Service instance;
  return instance;
}

}  // namespace

void arm_timer(TimerEntry& entry, std::uint64_t deadline_ns) {
  Service& s = service();
  if (s.heap.arm(entry, deadline_ns) && deadline_ns < s.sleeps_until) {
    s.sleeps_until = 0;
    (void)rt::notify(s.notification);
  }
}

void disarm_timer(TimerEntry& entry) { service().heap.disarm(entry); }

void set_timer_service(std::uint64_t notification) { service().notification = notification; }

void wake_timer_service() {
  service().sleeps_until = 0;
  (void)rt::notify(service().notification);
}

std::uint64_t run_due_timers() {
  Service& s = service();
  s.heap.run(monotonic_ns());
  s.sleeps_until = s.heap.first_deadline();
  return s.sleeps_until;
}

}  // namespace tessera::lx
