// SPDX-License-Identifier: Apache-2.0
#include "components/linux/signal/send.hpp"

#include <atomic>

#include "components/linux/process/end.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/stop.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

bool signal_waits(const Thread& thread) {
  if (thread.ending) return true;
  // Nearly always none of the three: asked once for all.
  const bool unusual = thread.process.stopped || thread.process.dumper != nullptr || thread.traced;
  if (unusual && (held_by_stop(thread) || (thread.traced && thread.traced->trap_wanted))) [[unlikely]] return true;
  return !((thread.pending.pending() | thread.process.pending.pending()) - thread.blocked).empty();
}

namespace {

// What a signal does by being sent, delivered or not: SIGCONT and the stop
// signals cancel each other.
void prepare(Process& process, int signal) {
  if (signal == kSigCont) {
    process.pending.discard(kStopSignals);
    for (Thread* const thread : process.threads) thread->pending.discard(kStopSignals);
    continue_process(process);
    tell_of_job_control(process);
  } else if (kStopSignals.contains(signal)) {
    process.pending.discard(SignalSet::of(kSigCont));
    for (Thread* const thread : process.threads) thread->pending.discard(SignalSet::of(kSigCont));
  }
}

std::size_t queue_limit(const Process& process) {
  const std::uint64_t limit = process.limits[kLimitSignals].soft;
  return limit < 65536 ? static_cast<std::size_t>(limit) : 65536;
}

// A signal that ends the process at once: no need to wait for a thread to look.
bool kills_now(const Process& process, int signal) {
  return signal == kSigKill && !process.exiting;
}

}  // namespace

Result<void> send_to_process(Process& process, const SignalInfo& info) {
  if (process.life != Life::alive || process.exiting) return {};
  const int signal = info.signal;
  prepare(process, signal);
  if (kills_now(process, signal)) {
    end_process(process, signal);
    return {};
  }
  if (process.actions->ignores(signal)) {
    // Kept only for a thread that blocks it and may ask for it later.
    bool blocked = false;
    // A tracer is told of it, too.
    for (Thread* const thread : process.threads) blocked = blocked || thread->blocked.contains(signal) || thread->traced;
    if (!blocked) return {};
  }
  if (!process.pending.add(info, queue_limit(process))) return fail(Errno::eagain);
  if (!process.signal_arrived.empty()) process.signal_arrived.wake_all();
  std::atomic_thread_fence(std::memory_order_seq_cst);  // try_signal_mask
  // One thread that takes it is enough; one that sleeps is as good as another.
  for (Thread* const thread : process.threads) {
    if (thread->blocked.contains(signal) || thread->ending) continue;
    interrupt_thread(*thread);
    break;
  }
  return {};
}

Result<void> send_to_thread(Thread& thread, const SignalInfo& info) {
  Process& process = thread.process;
  if (process.life != Life::alive || process.exiting || thread.ending) return {};
  prepare(process, info.signal);
  if (kills_now(process, info.signal)) {
    end_process(process, info.signal);
    return {};
  }
  if (process.actions->ignores(info.signal) && !thread.blocked.contains(info.signal) && !thread.traced) return {};
  if (!thread.pending.add(info, queue_limit(process))) return fail(Errno::eagain);
  if (!process.signal_arrived.empty()) process.signal_arrived.wake_all();
  std::atomic_thread_fence(std::memory_order_seq_cst);  // try_signal_mask
  if (!thread.blocked.contains(info.signal)) interrupt_thread(thread);
  return {};
}

void force_signal(Thread& thread, const SignalInfo& info) {
  Process& process = thread.process;
  const SignalAction& action = process.actions->get(info.signal);
  if (thread.blocked.contains(info.signal) || action.handler == kHandlerIgnore) {
    process.actions->set(info.signal, SignalAction{});
    thread.blocked.remove(info.signal);
  }
  // Replaces one that is pending: this is the one that stops the program.
  thread.pending.discard(SignalSet::of(info.signal));
  thread.pending.add(info, queue_limit(process) + 1);
  thread.attention = true;
}

bool send_to_group(std::int32_t group, const SignalInfo& info) {
  bool any = false;
  registry().for_each_process([&](Process& process) {
    if (process.group != group || process.life == Life::reaped) return;
    any = true;
    // A full queue loses it for this member only.
    (void)send_to_process(process, info);
  });
  return any;
}

bool may_signal(const Process& process, int signal) {
  const Thread* const target = process.leader();
  if (target == nullptr) return true;  // a zombie: sending changes nothing
  const Credentials& mine = current_credentials();
  const Credentials& theirs = target->credentials->value;
  if (mine.euid == 0 || &current_thread().process == &process) return true;
  if (mine.euid == theirs.uid || mine.euid == theirs.suid || mine.uid == theirs.uid || mine.uid == theirs.suid)
    return true;
  return signal == kSigCont && process.session == current_session();
}

}  // namespace tessera::lx
