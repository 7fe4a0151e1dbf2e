// SPDX-License-Identifier: Apache-2.0
// Any bytes as a disk with partitions. Checksums are made right where there is something to sum, so that what
// lies behind them is reached, too; one bit of the input's last byte leaves them as they are.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "components/fs/service/partitions.hpp"
#include "tests/unit/fs/image_device.hpp"
#include "tests/unit/fs_service/tables.hpp"

namespace {

using namespace tessera;

constexpr std::size_t kSector = 512;

void must(bool holds) {
  if (!holds) std::abort();
}

void sum_up(std::span<std::byte> disk, std::size_t sector) {
  using fs::partition::word_at;
  const auto header = disk.subspan(sector * kSector, kSector);
  const std::uint64_t array = word_at<std::uint64_t>(header, 72), bytes = std::uint64_t{word_at<std::uint32_t>(header, 80)} * word_at<std::uint32_t>(header, 84);
  const std::size_t length = word_at<std::uint32_t>(header, 12);
  if (array < disk.size() / kSector && bytes <= disk.size() - array * kSector) {
    test::put(header, 88, fs::partition::crc32(disk.subspan(array * kSector, bytes)), 4);
  }
  test::put(header, 16, 0, 4);
  test::put(header, 16, fs::partition::crc32(header.first(std::min(length, kSector))), 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
#pragma clang unsafe_buffer_usage begin
  const auto input = std::as_bytes(std::span(data, size));
#pragma clang unsafe_buffer_usage end
  std::vector<std::byte> disk((size + kSector - 1) / kSector * kSector);
  if (disk.size() < 2 * kSector) return 0;
  std::ranges::copy(input, disk.begin());
  if ((input.back() & std::byte{1}) == std::byte{0}) {
    sum_up(disk, 1);
    sum_up(disk, disk.size() / kSector - 1);
  }
  const std::uint64_t bytes = disk.size();
  test::HostLoop loop;
  test::ImageDevice device(loop, std::move(disk), 8192);
  device.yields = false;
  const auto table = test::run(loop, fs::read_partitions(device, device.memory()));
  if (!table) return 0;
  must(table->partitions.size() <= fs::kMostPartition);
  for (const fs::Partition& one : table->partitions) {
    must(one.number >= 1 && one.number <= fs::kMostPartition);
    must(one.bytes > 0 && one.first > 0 && one.first < bytes && one.bytes <= bytes - one.first && one.first % kSector == 0 && one.bytes % kSector == 0);
  }
  return 0;
}
