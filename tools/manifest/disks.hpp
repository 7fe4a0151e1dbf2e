// SPDX-License-Identifier: Apache-2.0
// What serves the disks of ./tessera run --disk, as if the manifest had it.
#pragma once

#include <cstddef>

#include "tools/manifest/model.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::manifest {

inline constexpr std::size_t kMostDisks = 8;

// For disk N a driver `blkN` and a file system server `fsN`, all with the main component in the pool `cache`, which is
// a quarter of the memory unless the manifest has one. Nothing for a manifest that grants virtio disks itself. The main component, of kind linux, is told how many there are.
[[nodiscard]] Result<void> add_disks(System& system, std::size_t disks);

}  // namespace tessera::tools::manifest
