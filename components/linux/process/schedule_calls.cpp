// SPDX-License-Identifier: Apache-2.0
// Scheduling: affinity is obeyed (placement.hpp); what else programs ask for the scheduler is
// told (components/scheduler), where there is one. Nothing real-time is granted.
#include <algorithm>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/guest_memory.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/placement.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/syscall/table.hpp"
#include "components/linux/time/convert.hpp"
#include "lib/rt/system_call.hpp"

namespace tessera::lx {

namespace {

constexpr std::int32_t kOther = 0, kFirstIn = 1, kRoundRobin = 2, kBatch = 3, kIdle = 5;

std::int32_t int_argument(std::uint64_t argument) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(argument));
}

Result<Thread*> target(std::uint64_t argument) {
  const std::int32_t tid = int_argument(argument);
  if (tid < 0) return fail(Errno::einval);
  Thread* const thread = tid == 0 ? &current_thread() : registry().thread(tid);
  if (thread == nullptr) return fail(Errno::esrch);
  return thread;
}

// The calls about affinity know no bad numbers, only threads that are not there.
Result<Thread*> affinity_target(std::uint64_t argument) {
  auto found = target(argument);
  return found ? found : fail(Errno::esrch);
}

bool may_change(const Thread& thread) {
  const Credentials& mine = current_credentials();
  const Credentials& theirs = thread.credentials->value;
  return mine.euid == 0 || mine.euid == theirs.uid || mine.euid == theirs.euid;
}

std::int32_t policy_of(const Thread& thread) {
  switch (thread.schedule_class) {
    case schedule::Class::normal: break;
    case schedule::Class::batch: return kBatch;
    case schedule::Class::idle: return kIdle;
  }
  return kOther;
}

void tell_scheduler(Thread& thread) {
  if (thread.carrier != nullptr) thread.carrier->set_wish(wish_of(thread));
}

// One that is not real-time.
void set_policy(Thread& thread, std::int32_t policy) {
  thread.schedule_class = policy == kBatch ? schedule::Class::batch : policy == kIdle ? schedule::Class::idle : schedule::Class::normal;
  tell_scheduler(thread);
}

// IOPRIO_WHO_PROCESS only.
Result<Thread*> io_target(const Arguments& arguments) {
  constexpr std::int32_t kOneThread = 1;
  if (int_argument(arguments[0]) != kOneThread) return fail(Errno::einval);
  auto found = target(arguments[1]);
  return found ? found : fail(Errno::esrch);
}

}  // namespace

NO_THREAD_SAFETY_ANALYSIS Result<std::int64_t> sys_sched_yield(const Arguments&) {
  big_lock.unlock();
  rt::yield();
  big_lock.lock();
  return 0;
}

Result<std::int64_t> sys_getcpu(const Arguments& arguments) {
  if (arguments[0] != 0) TRY(write_guest(arguments[0], std::uint32_t{current_thread().placement.processor}));
  if (arguments[1] != 0) TRY(write_guest(arguments[1], std::uint32_t{0}));
  return 0;
}

Result<std::int64_t> sys_sched_getaffinity(const Arguments& arguments) {
  const std::uint64_t bytes = arguments[1] & 0xffffffff;
  if (bytes == 0 || bytes % 8 != 0) return fail(Errno::einval);
  const Thread* const thread = TRY(affinity_target(arguments[0]));
  TRY(write_guest(arguments[2], allowed_processors(*thread)));
  return 8;
}

Result<std::int64_t> sys_sched_setaffinity(const Arguments& arguments) {
  ProcessorSet wanted = 0;
  const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(arguments[1] & 0xffffffff, 8));
  TRY(copy_from_guest(std::as_writable_bytes(std::span(&wanted, 1)).first(bytes), arguments[2]));
  Thread* const thread = TRY(affinity_target(arguments[0]));
  if (!may_change(*thread)) return fail(Errno::eperm);
  if ((wanted & processors()) == 0) return fail(Errno::einval);
  thread->placement.allowed = wanted;
  obey_affinity(*thread);
  return 0;
}

Result<std::int64_t> sys_sched_getscheduler(const Arguments& arguments) {
  return policy_of(*TRY(target(arguments[0])));
}

Result<std::int64_t> sys_sched_getparam(const Arguments& arguments) {
  if (arguments[1] == 0) return fail(Errno::einval);
  TRY(target(arguments[0]));
  TRY(write_guest(arguments[1], std::int32_t{0}));
  return 0;
}

Result<std::int64_t> sys_sched_setparam(const Arguments& arguments) {
  if (arguments[1] == 0) return fail(Errno::einval);
  const auto priority = TRY(read_guest<std::int32_t>(arguments[1]));
  TRY(target(arguments[0]));
  return priority == 0 ? Result<std::int64_t>(0) : fail(Errno::einval);
}

Result<std::int64_t> sys_sched_setscheduler(const Arguments& arguments) {
  const std::int32_t policy = int_argument(arguments[1]) & ~0x40000000;
  if (arguments[2] == 0 || int_argument(arguments[1]) < 0) return fail(Errno::einval);
  const auto priority = TRY(read_guest<std::int32_t>(arguments[2]));
  Thread* const thread = TRY(target(arguments[0]));
  switch (policy) {
    case kOther: case kBatch: case kIdle:
      if (priority != 0) return fail(Errno::einval);
      if (!may_change(*thread)) return fail(Errno::eperm);
      set_policy(*thread, policy);
      return 0;
    case kFirstIn: case kRoundRobin: return fail(Errno::eperm);  // no real-time share was granted
    default: return fail(Errno::einval);
  }
}

namespace {

// struct sched_attr, version 1.
struct ScheduleAttributes {
  std::uint32_t bytes = 56, policy = kOther;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
  std::uint32_t least_use = 0, most_use = 0;
};
static_assert(sizeof(ScheduleAttributes) == 56);
constexpr std::uint32_t kFirstVersionBytes = 48;

Result<ScheduleAttributes> schedule_attributes(std::uint64_t address) {
  std::uint32_t bytes = TRY(read_guest<std::uint32_t>(address));
  if (bytes == 0) bytes = kFirstVersionBytes;
  ScheduleAttributes wanted;
  bool fits = bytes >= kFirstVersionBytes && bytes <= kPageBytes;
  // What a later Linux added must not be asked for.
  for (std::uint64_t at = sizeof wanted; fits && at < bytes; ++at)
    fits = TRY(read_guest<std::uint8_t>(address + at)) == 0;
  if (!fits) {
    TRY(write_guest(address, static_cast<std::uint32_t>(sizeof wanted)));
    return fail(Errno::e2big);
  }
  const auto known = std::min<std::size_t>(bytes, sizeof wanted);
  TRY(copy_from_guest(std::as_writable_bytes(std::span(&wanted, 1)).first(known), address));
  return wanted;
}

}  // namespace

Result<std::int64_t> sys_sched_setattr(const Arguments& arguments) {
  constexpr std::uint64_t kKeepPolicy = 8, kKeepParameters = 0x10, kKnownFlags = 0x7f;
  if (arguments[1] == 0 || int_argument(arguments[0]) < 0 || int_argument(arguments[2]) != 0) return fail(Errno::einval);
  const ScheduleAttributes wanted = TRY(schedule_attributes(arguments[1]));
  if (static_cast<std::int32_t>(wanted.policy) < 0) return fail(Errno::einval);
  Thread* const thread = TRY(target(arguments[0]));
  if ((wanted.flags & ~kKnownFlags) != 0) return fail(Errno::einval);
  switch ((wanted.flags & kKeepPolicy) != 0 ? kOther : static_cast<std::int32_t>(wanted.policy)) {
    case kOther: case kBatch: case kIdle: break;
    case kFirstIn: case kRoundRobin: return fail(wanted.priority - 1 < 99 ? Errno::eperm : Errno::einval);
    default: return fail(Errno::einval);
  }
  if (wanted.priority != 0) return fail(Errno::einval);
  if (!may_change(*thread)) return fail(Errno::eperm);
  const bool keeps_nice = (wanted.flags & kKeepParameters) != 0;
  const std::int32_t nice = keeps_nice ? thread->nice : std::clamp(wanted.nice, -20, 19);
  if (nice < thread->nice && current_credentials().euid != 0) return fail(Errno::eperm);
  thread->nice = nice;
  if ((wanted.flags & kKeepPolicy) == 0) set_policy(*thread, static_cast<std::int32_t>(wanted.policy));
  tell_scheduler(*thread);
  return 0;
}

Result<std::int64_t> sys_sched_getattr(const Arguments& arguments) {
  const std::uint64_t bytes = arguments[2] & 0xffff'ffff;
  if (arguments[1] == 0 || int_argument(arguments[0]) < 0 || bytes > kPageBytes || bytes < kFirstVersionBytes ||
      int_argument(arguments[3]) != 0)
    return fail(Errno::einval);
  const Thread* const thread = TRY(target(arguments[0]));
  ScheduleAttributes attributes{.policy = static_cast<std::uint32_t>(policy_of(*thread)), .nice = thread->nice};
  attributes.bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, sizeof attributes));
  TRY(copy_to_guest(arguments[1], std::as_bytes(std::span(&attributes, 1)).first(attributes.bytes)));
  return 0;
}

Result<std::int64_t> sys_sched_get_priority_max(const Arguments& arguments) {
  switch (int_argument(arguments[0])) {
    case kFirstIn: case kRoundRobin: return 99;
    case kOther: case kBatch: case kIdle: case 6: return 0;
    default: return fail(Errno::einval);
  }
}

Result<std::int64_t> sys_sched_get_priority_min(const Arguments& arguments) {
  switch (int_argument(arguments[0])) {
    case kFirstIn: case kRoundRobin: return 1;
    case kOther: case kBatch: case kIdle: case 6: return 0;
    default: return fail(Errno::einval);
  }
}

Result<std::int64_t> sys_sched_rr_get_interval(const Arguments& arguments) {
  TRY(target(arguments[0]));
  TRY(write_guest(arguments[1], GuestTimespec{0, 4'000'000}));
  return 0;
}

namespace {

// Calls visit(thread) for everyone that which (PRIO_PROCESS, _PGRP, _USER) and who name.
template <typename Visit>
Result<void> for_each_named(std::int32_t which, std::int32_t who, Visit visit) {
  const Process& self = current_thread().process;
  if (which < 0 || which > 2) return fail(Errno::einval);
  if (which == 0) {
    Thread* const thread = who == 0 ? &current_thread() : registry().thread(who);
    if (thread != nullptr) visit(*thread);
    return {};
  }
  const std::int32_t group = who == 0 ? self.group : who;
  const std::uint32_t user = who == 0 ? current_credentials().uid : static_cast<std::uint32_t>(who);
  registry().for_each_process([&](Process& process) {
    if (which == 1 && process.group != group) return;
    for (Thread* const thread : process.threads)
      if (which == 1 || thread->credentials->value.uid == user) visit(*thread);
  });
  return {};
}

}  // namespace

Result<std::int64_t> sys_getpriority(const Arguments& arguments) {
  std::int32_t best = INT32_MIN;
  TRY(for_each_named(int_argument(arguments[0]), int_argument(arguments[1]),
                     [&](const Thread& thread) { best = std::max(best, 20 - thread.nice); }));
  if (best == INT32_MIN) return fail(Errno::esrch);
  return best;
}

Result<std::int64_t> sys_setpriority(const Arguments& arguments) {
  const std::int32_t nice = std::clamp(int_argument(arguments[2]), -20, 19);
  Result<std::int64_t> outcome = fail(Errno::esrch);
  TRY(for_each_named(int_argument(arguments[0]), int_argument(arguments[1]), [&](Thread& thread) {
    if (!may_change(thread)) {
      outcome = fail(Errno::eperm);
      return;
    }
    if (nice < thread.nice && current_credentials().euid != 0) {
      outcome = fail(Errno::eacces);
      return;
    }
    thread.nice = nice;
    tell_scheduler(thread);
    if (!outcome && outcome.error() == Errno::esrch) outcome = 0;
  }));
  return outcome;
}

Result<std::int64_t> sys_membarrier(const Arguments& arguments) {
  // QUERY, GLOBAL, and the private expedited pair. Other threads have passed through
  // barriers if they are in the personality, for the big lock is held; and the rest when
  // the nucleus has halted their cores to read their registers.
  constexpr std::int64_t kQuery = 0, kGlobal = 1, kPrivate = 8, kRegisterPrivate = 16;
  if (arguments[1] != 0) return fail(Errno::einval);
  const std::int32_t command = int_argument(arguments[0]);
  const Thread& self = current_thread();
  switch (command) {
    case kQuery: return kGlobal | kPrivate | kRegisterPrivate;
    case kGlobal: case kPrivate:
      registry().for_each_process([&](const Process& process) {
        if (command == kPrivate && &process != &self.process) return;
        for (Thread* const thread : process.threads)
          if (thread->in_guest) thread->carrier->sync();
      });
      return 0;
    case kRegisterPrivate: return 0;
    default: return fail(Errno::einval);
  }
}

// ioprio_set(2) of one thread: kept and told. There is no disk to order.
Result<std::int64_t> sys_ioprio_set(const Arguments& arguments) {
  constexpr std::int32_t kIdleClass = 3, kRealtimeClass = 1, kClassShift = 13, kLevels = 8;
  const std::int32_t wanted = int_argument(arguments[2]);
  const std::int32_t level = wanted & ((1 << kClassShift) - 1);
  const std::int32_t io_class = wanted >> kClassShift;
  if (io_class < 0 || io_class > kIdleClass || level >= kLevels || (io_class == 0 && level != 0))
    return fail(Errno::einval);
  if (io_class == kRealtimeClass && current_credentials().euid != 0) return fail(Errno::eperm);
  Thread* const thread = TRY(io_target(arguments));
  if (!may_change(*thread)) return fail(Errno::eperm);
  thread->io_priority = wanted;
  return 0;
}

Result<std::int64_t> sys_ioprio_get(const Arguments& arguments) { return TRY(io_target(arguments))->io_priority; }

}  // namespace tessera::lx
