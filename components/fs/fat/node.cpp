// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/node.hpp"

namespace tessera::fs::fat {

Entry Entry::of(Bytes slot, bool fat32) {
  Entry of;
  of.attributes = get8(slot, entry::kAttributes);
  of.first = get16(slot, entry::kClusterLow) | (fat32 ? std::uint32_t{get16(slot, entry::kClusterHigh)} << 16 : 0u);
  of.size = of.directory() ? 0 : get32(slot, entry::kSize);
  of.born = {.date = get16(slot, entry::kBornDate), .time = get16(slot, entry::kBornTime), .hundredths = get8(slot, entry::kBornTenths)};
  of.written = {.date = get16(slot, entry::kWrittenDate), .time = get16(slot, entry::kWrittenTime), .hundredths = 0};
  of.accessed = get16(slot, entry::kAccessedDate);
  return of;
}

void Entry::put(Room slot) const {
  put8(slot, entry::kAttributes, attributes);
  put8(slot, entry::kBornTenths, born.hundredths);
  put16(slot, entry::kBornTime, born.time);
  put16(slot, entry::kBornDate, born.date);
  put16(slot, entry::kAccessedDate, accessed);
  put16(slot, entry::kClusterHigh, first >> 16);
  put16(slot, entry::kWrittenTime, written.time);
  put16(slot, entry::kWrittenDate, written.date);
  put16(slot, entry::kClusterLow, first & 0xffff);
  put32(slot, entry::kSize, size);
}

InodeNumber number_of(std::uint64_t position, const Stamp& born) {
  // 23 bits of the 40 of the moment of creation, the fast ones the least mixed.
  const std::uint64_t moment = std::uint64_t{born.date} << 24 | std::uint64_t{born.time} << 8 | born.hundredths;
  const std::uint64_t mixed = (moment ^ moment >> 23) & 0x7f'ffff;
  return position | mixed << kPositionBits;
}

}  // namespace tessera::fs::fat
