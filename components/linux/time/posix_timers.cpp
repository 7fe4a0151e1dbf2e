// SPDX-License-Identifier: Apache-2.0
#include "components/linux/time/posix_timers.hpp"

#include <algorithm>

#include "components/linux/core/guest_memory.hpp"
#include "components/linux/process/contract.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/clock.hpp"
#include "components/linux/time/clock_id.hpp"
#include "components/linux/time/convert.hpp"
#include "components/linux/time/timers.hpp"

namespace tessera::lx {

Result<PosixTimer*> PosixTimers::create() {
  std::size_t id = 0;
  while (id < timers_.size() && timers_[id]) ++id;
  if (id >= kMost) return fail(Errno::eagain);
  if (id == timers_.size()) timers_.emplace_back();
  timers_[id] = std::make_unique<PosixTimer>();
  timers_[id]->id = static_cast<std::int32_t>(id);
  return timers_[id].get();
}

PosixTimer* PosixTimers::find(std::int32_t id) const {
  const auto index = static_cast<std::size_t>(id);
  return id >= 0 && index < timers_.size() ? timers_[index].get() : nullptr;
}

bool PosixTimers::remove(std::int32_t id) {
  if (find(id) == nullptr) return false;
  timers_[static_cast<std::size_t>(id)] = nullptr;
  return true;
}

namespace {

// SIGEV_* of Linux.
constexpr std::int32_t kNotifySignal = 0, kNotifyNone = 1, kNotifyThread = 2, kNotifyThreadId = 4;
constexpr std::uint64_t kAbsolute = 1;

struct SignalEvent {  // struct sigevent
  std::uint64_t value = 0;
  std::int32_t signal = 0;
  std::int32_t notify = 0;
  std::int32_t thread = 0;
  std::array<std::int32_t, 11> padding{};
};
static_assert(sizeof(SignalEvent) == 64);

struct TimerValue {  // struct itimerspec
  GuestTimespec interval, value;
};

std::uint64_t periods_since(const PosixTimer& timer, std::uint64_t now) {
  return now > timer.due_ns ? (now - timer.due_ns) / timer.interval_ns : 0;
}

bool is_of(const SignalInfo& info, const PosixTimer& timer) {
  return info.code == kCodeTimer && static_cast<std::uint32_t>(info.fields[0]) == static_cast<std::uint32_t>(timer.id);
}

// False: nobody will take it, for it is ignored or the queue is full.
bool send(const PosixTimer& timer) {
  if (timer.notify == kNotifyNone) return false;
  const SignalInfo info = SignalInfo::timer(timer.signal, timer.id, 0, timer.value);
  const SignalQueue* queue = &timer.process->pending;
  if (timer.notify == kNotifyThreadId) {
    Thread* const thread = registry().thread(timer.thread);
    if (thread == nullptr || &thread->process != timer.process) return false;
    (void)send_to_thread(*thread, info);
    queue = &thread->pending;
  } else {
    (void)send_to_process(*timer.process, info);
  }
  return std::ranges::any_of(queue->entries(), [&](const SignalInfo& waiting) { return is_of(waiting, timer); });
}

void expired(TimerEntry& entry, void* argument) {
  // A period that nobody notices need not be kept to.
  constexpr std::uint64_t kLeastUnseenNs = 1'000'000;
  PosixTimer& timer = *static_cast<PosixTimer*>(argument);
  timer.due_ns = entry.deadline_ns();
  timer.awaits_taking = send(timer) && timer.interval_ns != 0;
  if (timer.interval_ns == 0 || timer.awaits_taking) return;
  const std::uint64_t now = monotonic_ns();
  arm_timer(entry, std::max(after(timer.due_ns, (periods_since(timer, now) + 1) * timer.interval_ns), now + kLeastUnseenNs));
}

bool counts_realtime(std::int32_t clock) {
  return clock == kClockRealtime || clock == kClockRealtimeAlarm || clock == kClockTai;
}

Result<PosixTimer*> timer_argument(std::uint64_t argument) {
  const auto& timers = current_thread().process.posix_timers;
  const auto id = static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
  PosixTimer* const timer = timers ? timers->find(id) : nullptr;
  if (timer == nullptr) return fail(Errno::einval);
  return timer;
}

TimerValue value_of(const PosixTimer& timer) {
  TimerValue out;
  out.interval = timespec_of(timer.interval_ns);
  const std::uint64_t now = monotonic_ns();
  if (timer.awaits_taking) {
    out.value = timespec_of(after(timer.due_ns, (periods_since(timer, now) + 1) * timer.interval_ns) - now);
  } else if (timer.entry.armed()) {
    out.value = timespec_of(timer.entry.deadline_ns() > now ? timer.entry.deadline_ns() - now : 1);
  }
  return out;
}

}  // namespace

void posix_timer_signal_taken(Process& process, SignalInfo& info) {
  const auto id = static_cast<std::int32_t>(static_cast<std::uint32_t>(info.fields[0]));
  PosixTimer* const timer = process.posix_timers ? process.posix_timers->find(id) : nullptr;
  if (timer == nullptr || !timer->awaits_taking) return;
  timer->awaits_taking = false;
  timer->overrun = periods_since(*timer, monotonic_ns());
  const auto told = static_cast<std::int32_t>(std::min<std::uint64_t>(timer->overrun, INT32_MAX));
  info = SignalInfo::timer(info.signal, id, told, timer->value);
  arm_timer(timer->entry, after(timer->due_ns, (timer->overrun + 1) * timer->interval_ns));
}

Result<std::int64_t> sys_timer_create(const Arguments& arguments) {
  const auto clock = static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[0]));
  switch (clock) {
    case kClockRealtime: case kClockMonotonic: case kClockBoottime: case kClockTai: case kClockRealtimeAlarm:
    case kClockBoottimeAlarm:
      break;
    case kClockProcess: case kClockThread: return fail(Errno::eopnotsupp);
    default: return fail(Errno::einval);
  }
  SignalEvent event;
  event.signal = kSigAlrm;
  const bool has_event = arguments[1] != 0;
  if (has_event) event = TRY(read_guest<SignalEvent>(arguments[1]));
  if (event.notify != kNotifyNone && !valid_signal(event.signal)) return fail(Errno::einval);
  Process& process = current_thread().process;
  switch (event.notify) {
    case kNotifySignal: case kNotifyNone: case kNotifyThread: break;
    case kNotifyThreadId: {
      const Thread* const target = registry().thread(event.thread);
      if (target == nullptr || &target->process != &process) return fail(Errno::einval);
      break;
    }
    default: return fail(Errno::einval);
  }
  if (!process.posix_timers) process.posix_timers = std::make_unique<PosixTimers>();
  PosixTimer* const timer = TRY(process.posix_timers->create());
  timer->process = &process;
  timer->clock = clock;
  timer->notify = event.notify;
  timer->signal = event.signal;
  timer->thread = event.thread;
  timer->value = has_event ? event.value : static_cast<std::uint64_t>(timer->id);
  timer->entry.action = expired;
  timer->entry.argument = timer;
  if (auto written = write_guest(arguments[2], timer->id); !written) {
    process.posix_timers->remove(timer->id);
    return fail(written.error());
  }
  return 0;
}

Result<std::int64_t> sys_timer_settime(const Arguments& arguments) {
  PosixTimer* const timer = TRY(timer_argument(arguments[0]));
  if (arguments[2] == 0) return fail(Errno::einval);
  const auto wanted = TRY(read_guest<TimerValue>(arguments[2]));
  const std::uint64_t value = TRY(ns_of(wanted.value));
  const std::uint64_t interval = TRY(ns_of(wanted.interval));
  const TimerValue old = value_of(*timer);
  disarm_timer(timer->entry);
  timer->interval_ns = interval;
  timer->overrun = 0;
  timer->awaits_taking = false;
  if (value != 0) {
    std::uint64_t deadline = after(monotonic_ns(), value);
    if ((arguments[1] & kAbsolute) != 0) {
      const std::uint64_t offset = counts_realtime(timer->clock) ? clock_scale.realtime_offset_ns : 0;
      deadline = value > offset ? value - offset : 1;
    }
    arm_timer(timer->entry, deadline);
  }
  if (arguments[3] != 0) TRY(write_guest(arguments[3], old));
  return 0;
}

Result<std::int64_t> sys_timer_gettime(const Arguments& arguments) {
  const PosixTimer* const timer = TRY(timer_argument(arguments[0]));
  TRY(write_guest(arguments[1], value_of(*timer)));
  return 0;
}

Result<std::int64_t> sys_timer_getoverrun(const Arguments& arguments) {
  const PosixTimer* const timer = TRY(timer_argument(arguments[0]));
  return static_cast<std::int64_t>(std::min<std::uint64_t>(timer->overrun, INT32_MAX));
}

Result<std::int64_t> sys_timer_delete(const Arguments& arguments) {
  const PosixTimer* const timer = TRY(timer_argument(arguments[0]));
  current_thread().process.posix_timers->remove(timer->id);
  return 0;
}

}  // namespace tessera::lx
