// SPDX-License-Identifier: Apache-2.0
// What the operations of a ring do.
#pragma once

#include <cstdint>
#include <optional>

#include "components/linux/core/errno.hpp"
#include "components/linux/io_ring/request.hpp"

namespace tessera::lx {

// When it is submitted: fields that the operation does not have must be zero, and what lies in the
// program's memory is copied.
Result<void> prepare(Request& request);
// Does it, without sleeping. Nothing: it waits, and will be tried again when its file wakes it.
std::optional<Result<std::int64_t>> attempt(Request& request);
// Whether the result breaks a chain although it is no error: less was moved than asked for.
bool falls_short(const Request& request, std::int32_t result);
// For probes: the operation, and the system call that it is made of, are there.
bool operation_supported(std::uint8_t operation);

}  // namespace tessera::lx
