// SPDX-License-Identifier: Apache-2.0
// What can go wrong in a file system or a block device, and how it is told: as a value.
#pragma once

#include <cstdint>
#include <expected>

#include "lib/rt/task.hpp"

namespace tessera::fs {

enum class Error : std::uint32_t {
  io = 1,             // the device failed, or gave up
  corrupt,            // what is on the disk makes no sense
  unsupported,        // it makes sense, and is not supported
  no_device,          // it is gone, or was never there
  read_only,
  no_space,           // neither blocks nor inodes
  no_memory,          // too much is under way
  not_found,
  exists,
  not_directory,
  is_directory,
  not_empty,
  name_too_long,
  too_large,          // a file, an offset
  too_many_links,
  no_attribute,       // an extended attribute that is not there
  buffer_too_small,   // for an extended attribute, a link
  stale,              // an inode that is not in use
  invalid,            // a request that makes no sense
};

template <typename T>
using Result = std::expected<T, Error>;

// A task that ends with a value or an error.
template <typename T = void>
using Io = rt::Task<Result<T>>;

}  // namespace tessera::fs
