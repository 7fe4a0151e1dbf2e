// SPDX-License-Identifier: Apache-2.0
#include "components/linux/trace/wait.hpp"

#include "components/linux/process/process.hpp"
#include "components/linux/process/registry.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/thread_usage.hpp"
#include "components/linux/trace/link.hpp"

namespace tessera::lx {

namespace {

std::optional<WaitEvent> stop_event(Thread& tracee, const Wanted& wanted) {
  Tracee& traced = *tracee.traced;
  if (traced.stop == StopKind::none || !traced.to_report) return std::nullopt;
  if (wanted.takes()) traced.to_report = false;
  WaitEvent event;
  event.pid = tracee.tid;
  event.uid = tracee.credentials->value.uid;
  event.code = kChildTrapped;
  event.status = traced.code << 8 | 0x7f;
  event.child_value = traced.code;
  event.usage = usage_of(tracee);
  return event;
}

std::optional<WaitEvent> ended_event(Tracer& tracer, const Wanted& wanted, bool& any) {
  for (std::size_t i = 0; i < tracer.ended.size(); ++i) {
    const EndedTracee ended = tracer.ended[i];
    if (!wanted.means(ended.tid, ended.group)) continue;
    any = true;
    if ((wanted.options & kWaitExited) == 0) continue;
    WaitEvent event;
    event.pid = ended.tid;
    event.uid = ended.uid;
    event.set_end(ended.status);
    event.usage = ended.usage;
    if (wanted.takes()) {
      registry().release_ended(ended.tid);
      tracer.ended.erase(tracer.ended.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return event;
  }
  return std::nullopt;
}

std::optional<WaitEvent> process_event(Tracer& tracer, const Wanted& wanted, bool& any) {
  for (Process* const process : tracer.processes) {
    if (!wanted.means(process->pid, process->group)) continue;
    any = true;
    if (process->life != Life::zombie || (wanted.options & kWaitExited) == 0) continue;
    const WaitEvent event = zombie_event(*process);
    if (wanted.takes()) hand_to_parent(*process);
    return event;
  }
  return std::nullopt;
}

std::optional<WaitEvent> event_for(Thread& thread, const Wanted& wanted, bool& any) {
  if (!thread.tracer) return std::nullopt;
  for (Thread* const tracee : thread.tracer->tracees) {
    if (!wanted.means(tracee->tid, tracee->process.group)) continue;
    any = true;
    if (auto event = stop_event(*tracee, wanted)) return event;
  }
  if (auto event = ended_event(*thread.tracer, wanted, any)) return event;
  return process_event(*thread.tracer, wanted, any);
}

}  // namespace

std::optional<WaitEvent> tracee_event(Thread& self, const Wanted& wanted, bool& any) {
  if ((wanted.options & kWaitNoThread) != 0) return event_for(self, wanted, any);
  for (Thread* const thread : self.process.threads)
    if (auto event = event_for(*thread, wanted, any)) return event;
  return std::nullopt;
}

}  // namespace tessera::lx
