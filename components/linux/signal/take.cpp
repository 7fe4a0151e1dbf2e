// SPDX-License-Identifier: Apache-2.0
#include "components/linux/signal/take.hpp"

#include "components/linux/process/process.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/time/interval.hpp"
#include "components/linux/time/posix_timers.hpp"

namespace tessera::lx {

bool take_signal(Thread& thread, SignalSet wanted, SignalInfo& info) {
  Process& process = thread.process;
  // A thread's own signals come first, and its own faults before all.
  if (!thread.pending.take(wanted, info) && !process.pending.take(wanted, info)) return false;
  if (info.code == kCodeTimer) posix_timer_signal_taken(process, info);
  else if (info.signal == kSigAlrm) alarm_taken(process);
  return true;
}

}  // namespace tessera::lx
