// SPDX-License-Identifier: Apache-2.0
// io_uring_register: buffers, files and an eventfd that a ring keeps.
#pragma once

#include <cstdint>

#include "components/linux/core/errno.hpp"
#include "components/linux/io_ring/ring.hpp"

namespace tessera::lx {

// Puts the files of `count` descriptors at this address into places from `first` on; -1 empties one. How many were put.
Result<std::int64_t> update_files(IoRing& ring, std::uint32_t first, std::uint64_t address, std::uint32_t count);

}  // namespace tessera::lx
