// SPDX-License-Identifier: Apache-2.0
// Several threads of the made-up personality. One runs at a time; where one waits, or gives up the big lock, the
// next is chosen at random among those that can go on, so a run is the same whenever its seed is. The big lock is
// real enough: who keeps it over a wait keeps all others from going on.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace fake {

// Each body is a thread's, with the big lock held. Returns when all have ended. `choose`: any number below its argument.
// When nobody can go on, says so and ends the program.
void run_threads(std::vector<std::function<void()>> bodies, std::function<std::size_t(std::size_t)> choose);
// Others may run before the caller, which keeps what it holds, goes on: when `ready` says so.
void give_way(const std::function<bool()>& ready = [] { return true; });

}  // namespace fake
