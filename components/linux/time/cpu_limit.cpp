// SPDX-License-Identifier: Apache-2.0
#include "components/linux/time/cpu_limit.hpp"

#include <algorithm>

#include "components/linux/process/contract.hpp"
#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/rusage.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {

// A process that sleeps just below its limit must not cost a timer each nanosecond
// it has left: the limit is looked at no more often than a Linux tick.
constexpr std::uint64_t kTickNs = 4'000'000;

std::uint64_t limit_ns(std::uint64_t seconds) {
  return seconds >= kFarFutureNs / kSecondNs ? kFarFutureNs : seconds * kSecondNs;
}

void look(TimerEntry&, void* argument) {
  Process& process = *static_cast<Process*>(argument);
  if (process.life != Life::alive || process.exiting) return;
  const Limit& limit = process.limits[kLimitCpu];
  const std::uint64_t used = cpu_ns(usage_of(process));
  if (used >= limit_ns(limit.hard)) return end_process(process, kSigKill);
  if (used >= after(limit_ns(limit.soft), process.cpu_warnings * kSecondNs)) {
    ++process.cpu_warnings;
    (void)send_to_process(process, SignalInfo::plain(kSigXcpu, kCodeKernel));
  }
  watch_cpu_limit(process);
}

}  // namespace

void watch_cpu_limit(Process& process) {
  disarm_timer(process.cpu_limit_timer);
  const Limit& limit = process.limits[kLimitCpu];
  if (limit.soft == kNoLimit && limit.hard == kNoLimit) return;
  const std::uint64_t used = cpu_ns(usage_of(process));
  const std::uint64_t next =
      std::min(limit_ns(limit.hard), after(limit_ns(limit.soft), process.cpu_warnings * kSecondNs));
  process.cpu_limit_timer.action = look;
  process.cpu_limit_timer.argument = &process;
  // It cannot use more of the processor than time passes.
  arm_timer(process.cpu_limit_timer, after(monotonic_ns(), std::max(next > used ? next - used : 0, kTickNs)));
}

}  // namespace tessera::lx
