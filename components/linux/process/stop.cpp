// SPDX-License-Identifier: Apache-2.0
#include "components/linux/process/stop.hpp"

#include "components/linux/nucleus/carrier.hpp"
#include "components/linux/process/notify_parent.hpp"
#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/process/wake.hpp"
#include "components/linux/trace/stop.hpp"

namespace tessera::lx {

void stop_process(Process& process, int signal) {
  if (process.exiting) return;
  if (process.stopped) return hold_again(process);
  process.stopped = true;
  process.stop_signal = signal;
  process.stop_to_report = true;
  process.continue_to_report = false;
  hold_again(process);
  for (Thread* const thread : process.threads) interrupt_thread(*thread);
  notify_parent_of_stop(process);
}

void continue_process(Process& process) {
  if (!process.stopped) return;
  process.stopped = false;
  process.stop_to_report = false;
  process.continue_to_report = true;
  process.resumed.wake_all();
  notify_parent_of_stop(process);
}

void wait_while_stopped(Thread& thread) {
  WaitNode node(thread, thread.process.resumed);
  while (held_by_stop(thread) && !thread.ending) {
    if (thread.process.dumper != nullptr) {
      thread.carrier->sync();
      thread.process.thread_ended.wake_all();
      (void)sleep_uninterruptible();
    } else if (thread.traced) {
      stop_with_group(thread);
    } else {
      (void)sleep_uninterruptible();
    }
  }
}

}  // namespace tessera::lx
