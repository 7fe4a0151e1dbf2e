// SPDX-License-Identifier: Apache-2.0
// How much each user's POSIX message queues could come to hold (RLIMIT_MSGQUEUE).
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"

namespace tessera::lx {

// EMFILE when it would be more than the calling process' limit.
Result<void> charge_queue(std::uint32_t uid, std::uint64_t bytes);
void uncharge_queue(std::uint32_t uid, std::uint64_t bytes);

}  // namespace tessera::lx
