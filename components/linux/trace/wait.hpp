// SPDX-License-Identifier: Apache-2.0
// What a tracer's wait is told of its tracees.
#pragma once

#include <optional>

#include "components/linux/process/wait_event.hpp"

namespace tessera::lx {

class Thread;

// The next event of a tracee of the caller's process; `any`: there is one that is meant at all.
std::optional<WaitEvent> tracee_event(Thread& self, const Wanted& wanted, bool& any);

}  // namespace tessera::lx
