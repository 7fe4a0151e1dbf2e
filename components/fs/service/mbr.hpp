// SPDX-License-Identifier: Apache-2.0
// A master boot record, and the chain of records in an extended partition.
#pragma once

#include <array>

#include "components/fs/service/bytes.hpp"
#include "components/fs/service/partitions.hpp"
#include "components/fs/service/sector_reader.hpp"

namespace tessera::fs::partition {

// A sector with four entries, copied. Any boot sector ends with the same two bytes, also that of a file
// system without partitions: so the entries must look like some.
class Mbr {
 public:
  struct Entry {
    std::uint8_t status = 0, type = 0;
    std::uint32_t first = 0, sectors = 0;  // first: relative to what the record belongs to

    [[nodiscard]] bool used() const { return type != 0 && sectors != 0; }
    [[nodiscard]] bool extended() const { return type == 0x05 || type == 0x0f || type == 0x85; }
  };

  explicit Mbr(std::span<const std::byte> sector);

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] bool protects_gpt() const;
  [[nodiscard]] const std::array<Entry, 4>& entries() const { return entries_; }

 private:
  std::array<Entry, 4> entries_{};
  bool valid_ = false;
};

Io<PartitionTable> read_mbr(SectorReader& reader, Mbr mbr);

}  // namespace tessera::fs::partition
