// SPDX-License-Identifier: Apache-2.0
// What serves the disks of ./tessera run --disk, as if the manifest had it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/manifest/model.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::manifest {

inline constexpr std::size_t kMostDisks = 8;

enum class DiskKind : std::uint8_t { virtio, nvme, ahci };
struct Disk {
  DiskKind kind = DiskKind::virtio;
  bool read_only = false;
  bool together = false;  // driver and file system server share an address space
};

// For disk N a driver `blkN` and a file system server `fsN`, all with the main component in the pool `cache`, which is
// a quarter of the memory unless the manifest has one. Nothing for a manifest that grants disks itself. The main component, of kind linux, is told how many there are.
[[nodiscard]] Result<void> add_disks(System& system, std::span<const Disk> disks);

}  // namespace tessera::tools::manifest
