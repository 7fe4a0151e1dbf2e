// SPDX-License-Identifier: Apache-2.0
// What can go wrong in a file system or a block device, and how it is told: as a value.
#pragma once

#include <abi/protocols/fs.hpp>
#include <expected>

#include "lib/rt/task.hpp"

namespace tessera::fs {

// The statuses of the protocol, so that each goes to the client as it is.
using Error = protocol::fs::Status;

template <typename T>
using Result = std::expected<T, Error>;

// A task that ends with a value or an error.
template <typename T = void>
using Io = rt::Task<Result<T>>;

}  // namespace tessera::fs
