// SPDX-License-Identifier: Apache-2.0
// Rows of files on a disk (guest/data_rows.c, name_rows.c): the same rows for each kind of disk.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::bench {

enum class DiskKind : std::uint8_t { virtio, nvme };
inline constexpr std::array kDiskKinds{DiskKind::virtio, DiskKind::nvme};

// `storage-read-64M`, `storage-nvme-read-64M`: the row in the results.
[[nodiscard]] std::string storage_row(const std::string& guest_row, DiskKind kind);
[[nodiscard]] std::vector<std::string> storage_rows(DiskKind kind);  // all of them, as in the results
// As the guest program knows them. Those of NVMe only when the filter says so: Tessera has no driver for it yet.
[[nodiscard]] std::vector<std::string> chosen_storage_rows(const std::string& filter, bool quick, DiskKind kind);

}  // namespace tessera::bench
