// SPDX-License-Identifier: Apache-2.0
// The thread that serves timers: the component's first one, once everything runs.
#pragma once

#include <cstdint>

namespace tessera::lx {

// What it sleeps on.
void set_timer_service(std::uint64_t notification);
// Runs what is due; until when to sleep. With the big lock held.
std::uint64_t run_due_timers();
// Makes it look up, whatever it waits for.
void wake_timer_service();

}  // namespace tessera::lx
