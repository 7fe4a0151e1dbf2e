// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/end.hpp"

#include <algorithm>
#include <optional>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/futex/futex.hpp"
#include "components/linux/io_ring/task.hpp"
#include "components/linux/ipc/semaphore.hpp"
#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/account.hpp"
#include "components/linux/process/jobs.hpp"
#include "components/linux/process/notify_parent.hpp"
#include "components/linux/process/pidfd.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/shutdown.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/thread_usage.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/signal/send.hpp"
#include "components/linux/time/posix_timers.hpp"
#include "components/linux/time/interval.hpp"
#include "components/linux/trace/link.hpp"

namespace tessera::lx {

void end_process(Process& process, int status) {
  if (process.exiting || process.life != Life::alive) return;
  process.exiting = true;
  process.status = status;
  process.stopped = false;
  for (Thread* const thread : process.threads) {
    thread->ending = true;
    interrupt_thread(*thread);
  }
}

void end_thread(Thread& thread, int code) {
  thread.ending = true;
  thread.attention = true;
  thread.exit_code = code;
  Process& process = thread.process;
  // What the first thread leaves behind is the process' status, unless exit_group
  // or a signal says otherwise later.
  if (!process.exiting && (thread.tid == process.pid || process.threads.size() == 1)) process.status = code << 8;
}

bool end_other_threads(Thread& thread) {
  Process& process = thread.process;
  if (process.threads.size() == 1) return true;
  if (process.exec_running) return false;  // another thread's exec was first
  process.exec_running = true;
  for (Thread* const other : process.threads) {
    if (other == &thread) continue;
    other->ending = true;
    interrupt_thread(*other);
  }
  {
    WaitNode node(thread, process.thread_ended);
    while (process.threads.size() > 1 && !thread.ending) (void)sleep_uninterruptible();
  }
  process.exec_running = false;
  if (thread.ending) return false;
  if (thread.tid != process.pid) {  // the thread that is left is the first one now
    const std::int32_t old = thread.tid;
    registry().remove_thread(old);
    forget_first_thread(process);
    thread.tid = process.pid;
    registry().add_thread(thread.tid, thread);
  }
  return true;
}

static Ref<AddressSpace> give_up_memory(Thread& thread) {
  Ref<AddressSpace> memory = std::move(thread.memory);
  if (thread.process.vfork_child) {
    thread.process.vfork_child = false;
    thread.process.vfork_done.wake_all();
  }
  return memory;
}

void release_memory(Thread& thread, AddressSpace& next) {
  const Ref<AddressSpace> memory = give_up_memory(thread);
  if (!memory || memory->references() != 1) return;
  const OutsideBigLock outside;
  next.view().enter();
  memory->empty();
}

namespace {

// The children go to the nearest ancestor that asked for them, or to init.
void give_children_away(Process& process) {
  Process* heir = nullptr;
  for (Process* ancestor = process.parent; ancestor != nullptr; ancestor = ancestor->parent) {
    if (ancestor->life == Life::alive && ancestor->child_subreaper && !ancestor->exiting) {
      heir = ancestor;
      break;
    }
  }
  if (heir == nullptr) heir = registry().init;
  if (heir == &process) heir = nullptr;
  for (Process* const child : process.children) {
    child->parent = heir;
    if (Thread* const leader = child->leader(); leader != nullptr && leader->parent_death_signal != 0)
      (void)send_to_process(*child, SignalInfo::plain(leader->parent_death_signal, kCodeUser));
    if (heir != nullptr) heir->children.push_back(child);
    child->exit_signal = kSigChld;
  }
  std::vector<Process*> moved;
  moved.swap(process.children);
  for (Process* const child : moved) {
    if (child->life != Life::zombie || child->end_tracer != nullptr) continue;
    if (heir == nullptr || notify_parent_of_exit(*child)) reap(*child);
  }
}

void become_zombie(Process& process) {
  disarm_interval_timers(process);
  process.posix_timers = nullptr;
  undo_semaphores(process);
  process.exiting = true;
  process.stopped = false;
  process.life = Life::zombie;
  if (process.handle) process.handle->ended.wake_all();
  leave_jobs(process);
  give_children_away(process);
  if (&process == registry().init) {
    init_ended(process);
    return;
  }
  if (zombie_for_tracer(process)) return;
  if (notify_parent_of_exit(process)) reap(process);
}

}  // namespace

// Of who waits for the process, and runs next, most likely.
static Ref<AddressSpace> next_memory(const Process& ended) {
  const Thread* const next = ended.parent != nullptr ? ended.parent->leader() : nullptr;
  return next != nullptr ? next->memory : Ref<AddressSpace>();
}

// How long it ran for this thread, up to the end of its memory.
static std::uint64_t finish_memory(Thread& thread) {
  const Ref<AddressSpace> memory = give_up_memory(thread);
  const bool last = memory && memory->references() == 1;
  const Ref<AddressSpace> next = last ? next_memory(thread.process) : Ref<AddressSpace>();
  std::optional<OutsideBigLock> outside;
  if (last) {
    outside.emplace();
    if (next) next->view().enter();
    memory->empty();
  }
  account_leave(thread);
  return thread.carrier->job_ns();
}

void finish_thread(Thread& thread) {
  Process& process = thread.process;
  stop_at_end(thread);
  release_tracees(thread);
  end_ring_task(thread);
  if (thread.memory) {
    forget_futexes(thread);
    thread.usage.peak_pages = thread.memory->peak_pages.load(std::memory_order_relaxed);
  }
  const bool last = process.threads.size() == 1;
  if (last) {
    process.name = thread.name;
    process.zombie_credentials = thread.credentials;
  }
  thread.files = nullptr;
  thread.fs = nullptr;
  const Usage usage = usage_of(thread, finish_memory(thread));
  process.ended_threads.add(usage);
  ended_usage.add(usage);
  std::erase(process.threads, &thread);
  registry().remove_thread(thread.tid);
  end_tracee(thread, usage);
  process.thread_ended.wake_all();
  if (process.threads.empty()) become_zombie(process);
  now_asleep(thread, read_ticks());
  set_current(nullptr);
  delete &thread;
}

void reap(Process& process) {
  if (process.parent != nullptr) std::erase(process.parent->children, &process);
  process.life = Life::reaped;
  registry().remove_process(process);
  delete &process;
}

}  // namespace tessera::lx
