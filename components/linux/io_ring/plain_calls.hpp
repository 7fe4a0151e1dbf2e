// SPDX-License-Identifier: Apache-2.0
// Operations that are a system call with its arguments in another order.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/io_ring/abi.hpp"

namespace tessera::lx {

// False for one whose system call this personality does not have; true also for those that are no such call.
bool plain_call_there(ring_abi::Operation operation);
// EINVAL where there is none.
Result<std::int64_t> plain_call(const ring_abi::Submission& submission);

}  // namespace tessera::lx
