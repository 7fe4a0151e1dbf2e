// SPDX-License-Identifier: Apache-2.0
// --disk: a file of this machine as a disk of the other one.
#pragma once

#include <string>
#include <vector>

#include "tools/manifest/disks.hpp"
#include "tools/support/result.hpp"

namespace tessera::tools::run {

struct Disk {
  std::string file;
  manifest::DiskKind kind = manifest::DiskKind::virtio;
  bool read_only = false;
  bool together = false;     // its driver and its file system server share an address space
  bool thrown_away = false;  // what is written to it, at the end
};

// FILE[,virtio|nvme|ahci][,readonly][,together], also driver=KIND. Fails when FILE is no disk image that may be used so.
[[nodiscard]] Result<Disk> parse_disk(const std::string& text);

// The same for --disk-image, whose FILE need not be there.
[[nodiscard]] Result<Disk> parse_root_disk(const std::string& text);
// Fails when its file is none that may be used so.
[[nodiscard]] Result<void> check_disk(const Disk& disk);

// That a virtio device goes through the machine's IOMMU, which QEMU's others always do.
[[nodiscard]] inline std::string behind_iommu(bool iommu) { return iommu ? ",iommu_platform=on" : ""; }
// QEMU's words for the disk with this number, of a machine with or without IOMMU.
[[nodiscard]] std::vector<std::string> disk_words(const Disk& disk, std::size_t number, bool iommu);

}  // namespace tessera::tools::run
