// SPDX-License-Identifier: Apache-2.0
// Taking a signal that waits: for a handler, sigwait or a signalfd.
#pragma once

#include "components/linux/signal/signal.hpp"

namespace tessera::lx {

class Thread;

// The next of `wanted` for this thread: its own before its process'. A periodic timer
// whose signal it was goes on. False when there is none.
bool take_signal(Thread& thread, SignalSet wanted, SignalInfo& info);

}  // namespace tessera::lx
