// SPDX-License-Identifier: Apache-2.0
// The byte channel to the console component, and the thread that serves it.
#pragma once

#include "lib/rt/start.hpp"

namespace tessera::lx {

// Attaches the channel `console` and starts the console on it (`config console
// tty|stream`; a raw line when the console says so). With the big lock held.
// Without a channel: the standard streams lead nowhere. False: the channel is broken.
bool open_console_channel(const rt::Start& start);
// Starts the thread that waits for the channel.
bool start_console_thread();
// Waits until the console component's device has taken all output.
void drain_console();

}  // namespace tessera::lx
