// SPDX-License-Identifier: Apache-2.0
// Sending signals: from any thread that holds the big lock, or from a timer.
#pragma once

#include "components/linux/core/errno.hpp"
#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

class Process;
class Thread;

// Something waits for this thread that it must not sleep over: a signal it does
// not block, a stop, its end.
bool signal_waits(const Thread& thread);

// EAGAIN when a realtime signal finds the queue full.
Result<void> send_to_process(Process& process, const SignalInfo& info);
Result<void> send_to_thread(Thread& thread, const SignalInfo& info);
// For a fault of the thread's own: neither blocked nor ignored.
void force_signal(Thread& thread, const SignalInfo& info);
// To all members; false when there are none.
bool send_to_group(std::int32_t group, const SignalInfo& info);

// May the calling thread send `signal` to the process (kill(2))?
bool may_signal(const Process& process, int signal);

}  // namespace tessera::lx
