// SPDX-License-Identifier: Apache-2.0
// A GUID partition table (UEFI specification 2.10, 5.3).
#pragma once

#include "components/fs/service/partitions.hpp"
#include "components/fs/service/sector_reader.hpp"

namespace tessera::fs::partition {

// From the first header, or from the backup in the last sector. corrupt: neither is good.
Io<PartitionTable> read_gpt(SectorReader& reader);

}  // namespace tessera::fs::partition
