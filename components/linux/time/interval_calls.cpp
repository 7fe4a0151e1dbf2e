// SPDX-License-Identifier: Apache-2.0
// setitimer, getitimer, alarm. The timers of processor time are checked when that
// much wall time has passed at the earliest, then again for what is left.
#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/rusage.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/interval.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

namespace {

constexpr std::size_t kReal = 0, kVirtual = 1, kProfile = 2;

// Of those that do not wait for their signal to be taken.
constexpr std::uint64_t kLeastPeriodNs = 1'000'000;

struct IntervalValue {  // struct itimerval
  GuestTimeval interval, value;
};

std::uint64_t clock_of(const Process& process, std::size_t which) {
  switch (which) {
    case kVirtual: return usage_of(process).user_ns;
    case kProfile: return cpu_ns(usage_of(process));
    default: return monotonic_ns();
  }
}

int signal_of(std::size_t which) {
  switch (which) {
    case kVirtual: return kSigVtalrm;
    case kProfile: return kSigProf;
    default: return kSigAlrm;
  }
}

void arm(Process& process, std::size_t which) {
  IntervalTimer& timer = process.interval_timers[which];
  const std::uint64_t now = clock_of(process, which);
  const std::uint64_t left = timer.target_ns > now ? timer.target_ns - now : 0;
  arm_timer(timer.entry, after(monotonic_ns(), left));
}

// Periods that passed unseen are not made up for.
void next_period(Process& process, std::size_t which, std::uint64_t least_ns) {
  IntervalTimer& timer = process.interval_timers[which];
  const std::uint64_t now = clock_of(process, which);
  const std::uint64_t missed = (now - timer.target_ns) / timer.interval_ns;
  timer.target_ns = std::max(timer.target_ns + (missed + 1) * timer.interval_ns, now + least_ns);
  arm(process, which);
}

template <std::size_t kWhich>
void expired(TimerEntry&, void* argument) {
  Process& process = *static_cast<Process*>(argument);
  IntervalTimer& timer = process.interval_timers[kWhich];
  const std::uint64_t now = clock_of(process, kWhich);
  if (now < timer.target_ns) return arm(process, kWhich);
  (void)send_to_process(process, SignalInfo::plain(signal_of(kWhich), kCodeKernel));
  if (timer.interval_ns == 0) timer.target_ns = 0;
  // That of wall time goes on when its signal is taken, or when nobody will take it.
  else if (kWhich != kReal || !process.pending.pending().contains(kSigAlrm)) next_period(process, kWhich, kLeastPeriodNs);
}

IntervalValue value_of(const Process& process, std::size_t which) {
  const IntervalTimer& timer = process.interval_timers[which];
  IntervalValue out;
  out.interval = timeval_of(timer.interval_ns);
  if (timer.target_ns != 0) {
    const std::uint64_t now = clock_of(process, which);
    // One that is due but not yet delivered has a microsecond left.
    out.value = timeval_of(timer.target_ns > now + 1000 ? timer.target_ns - now : 1000);
  }
  return out;
}

void set(Process& process, std::size_t which, std::uint64_t value_ns, std::uint64_t interval_ns) {
  IntervalTimer& timer = process.interval_timers[which];
  disarm_timer(timer.entry);
  timer.interval_ns = interval_ns;
  timer.target_ns = 0;
  if (value_ns == 0) return;
  timer.entry.argument = &process;
  timer.entry.action = which == kReal ? expired<kReal> : which == kVirtual ? expired<kVirtual> : expired<kProfile>;
  timer.target_ns = after(clock_of(process, which), value_ns);
  arm(process, which);
}

}  // namespace

void alarm_taken(Process& process) {
  const IntervalTimer& timer = process.interval_timers[kReal];
  if (timer.target_ns == 0 || timer.interval_ns == 0 || timer.entry.armed() || timer.target_ns > monotonic_ns()) return;
  next_period(process, kReal, 0);
}

void disarm_interval_timers(Process& process) {
  for (IntervalTimer& timer : process.interval_timers) disarm_timer(timer.entry);
  disarm_timer(process.cpu_limit_timer);
}

Result<std::int64_t> sys_getitimer(const Arguments& arguments) {
  const auto which = static_cast<std::uint32_t>(arguments[0]);
  if (which > kProfile) return fail(Errno::einval);
  TRY(write_guest(arguments[1], value_of(current_thread().process, which)));
  return 0;
}

Result<std::int64_t> sys_setitimer(const Arguments& arguments) {
  const auto which = static_cast<std::uint32_t>(arguments[0]);
  IntervalValue wanted;
  if (arguments[1] != 0) wanted = TRY(read_guest<IntervalValue>(arguments[1]));
  if (which > kProfile) return fail(Errno::einval);
  const std::uint64_t value = TRY(ns_of(wanted.value));
  const std::uint64_t interval = TRY(ns_of(wanted.interval));
  Process& process = current_thread().process;
  const IntervalValue old = value_of(process, which);
  set(process, which, value, interval);
  if (arguments[2] != 0) TRY(write_guest(arguments[2], old));
  return 0;
}

Result<std::int64_t> sys_alarm(const Arguments& arguments) {
  Process& process = current_thread().process;
  const IntervalValue old = value_of(process, kReal);
  set(process, kReal, static_cast<std::uint32_t>(arguments[0]) * kSecondNs, 0);
  // Rounded, but never down to none.
  std::int64_t seconds = old.value.seconds;
  if (old.value.microseconds >= 500'000 || (seconds == 0 && old.value.microseconds != 0)) ++seconds;
  return seconds;
}

}  // namespace tessera::lx
