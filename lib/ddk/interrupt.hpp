// SPDX-License-Identifier: Apache-2.0
// A device's interrupt as an event of an executor.
#pragma once

#include <optional>

#include "lib/rt/objects.hpp"
#include "lib/rt/task_loop.hpp"

namespace tessera::ddk {

// Claims a bit of the loop, which runs on `notification`, and makes the Interrupt raise it: then
// `co_await loop.event(bit)`. One that is a line is acknowledged after each. None: no bit, or the capabilities do not allow it.
[[nodiscard]] std::optional<unsigned> bind_interrupt(rt::TaskLoop& loop, rt::Handle notification, rt::Handle interrupt);

}  // namespace tessera::ddk
